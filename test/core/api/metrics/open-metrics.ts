const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"'
const META = new RegExp(`^# (TYPE|HELP) (${NAME}) (.+)$`)
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{((?:${LABEL})(?:,${LABEL})*)\\})? ([-+]?[0-9.]+(?:e[-+]?\\d+)?|NaN|[-+]Inf)$`,
  'i',
)
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
}

/**
 * What breaks the rules of OpenMetrics 1.0 in a text: its grammar, families in one piece with their type first, suffixes by
 * type, no sample twice, buckets that rise to `+Inf`, and the end.
 */
export function openMetricsFaults(text: string): readonly string[] {
  const faults: string[] = []
  const lines = text.split('\n')
  if (lines.pop() !== '') faults.push('no line feed at the end')
  if (lines.pop() !== '# EOF') faults.push('no # EOF at the end')
  const types = new Map<string, string>()
  const seen = new Set<string>()
  const buckets = new Map<string, number[][]>()
  let current = ''
  for (const line of lines) {
    const [, keyword, family = '', rest = ''] = META.exec(line) ?? []
    if (keyword !== undefined) {
      if (family !== current && seen.has(family)) faults.push(`in two pieces: ${line}`)
      if (keyword === 'TYPE') types.set(family, rest)
      if (keyword === 'HELP' && /(?<!\\)(?:\\\\)*"/.test(rest)) faults.push(`not escaped: ${line}`)
      current = family
      seen.add(family)
      continue
    }
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? []
    const type = types.get(current) ?? 'unknown'
    const suffix = name.slice(current.length)
    if (!name.startsWith(current) || !SUFFIXES[type]?.includes(suffix)) {
      faults.push(`no sample of ${type} ${current}: ${line}`)
    }
    if (seen.has(`${name}{${labels}}`)) faults.push(`twice: ${line}`)
    seen.add(`${name}{${labels}}`)
    if (type === 'counter' && !(Number(value) >= 0)) faults.push(`less than nothing: ${line}`)
    if (suffix !== '_bucket') continue
    const le = /(?:^|,)le="([^"]*)"/.exec(labels)?.[1] ?? ''
    const series = `${name}{${labels.replace(/,?le="[^"]*"/, '')}}`
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le || Number.NaN)
    buckets.set(series, [...(buckets.get(series) ?? []), [bound, Number(value)]])
  }
  for (const [series, pairs] of buckets) {
    const rises = pairs.every(([bound = 0, count = 0], at) => {
      const [before = Number.NEGATIVE_INFINITY, fewer = 0] = pairs[at - 1] ?? []
      return bound > before && count >= fewer
    })
    if (!rises || pairs.at(-1)?.[0] !== Number.POSITIVE_INFINITY) faults.push(`buckets: ${series}`)
  }
  if (seen.size === 0) faults.push('no metrics')
  return faults
}
