/** Figures by name and labels, read from the text format of Prometheus; throws where a line is neither one nor a comment. */
export function parseFigures(text: string): ReadonlyMap<string, number> {
  const figures = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name, value] =
      /^([a-z_0-9]+(?:\{[^\n]*\})?) ([-+.0-9eE]+|NaN|[+-]?Inf)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw new Error(`not a figure: ${line}`)
    figures.set(name, Number(value))
  }
  return figures
}

export async function figuresOf(metrics: {
  text(): Promise<string>
}): Promise<ReadonlyMap<string, number>> {
  return parseFigures(await metrics.text())
}
