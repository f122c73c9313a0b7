/** Metrics by name and labels, parsed from the text format of Prometheus. Throws at a line that is neither a metric nor a comment. */
export function parseMetrics(text: string): ReadonlyMap<string, number> {
  const metrics = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name, value] =
      /^([a-z_0-9]+(?:\{[^\n]*\})?) ([-+.0-9eE]+|NaN|[+-]?Inf)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw new Error(`not a metric: ${line}`)
    metrics.set(name, Number(value))
  }
  return metrics
}

export async function readMetrics(metrics: {
  text(): Promise<string>
}): Promise<ReadonlyMap<string, number>> {
  return parseMetrics(await metrics.text())
}
