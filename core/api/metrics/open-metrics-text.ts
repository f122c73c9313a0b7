/** The media type of OpenMetrics 1.0. */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

const COUNTER = /^# TYPE (\S+)_total counter$/gm

/**
 * Metrics in the text format of Prometheus as OpenMetrics 1.0. prom-client could write it, but renames its counters for
 * good when it does.
 */
export function toOpenMetrics(text: string): string {
  const counters = new Set([...text.matchAll(COUNTER)].map(([, family = '']) => family))
  const lines = text.split('\n').flatMap((line) => {
    if (line === '') return []
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === undefined) return [line]
    // A family of counters is named without the suffix of its samples.
    const bare = name.replace(/_total$/, '')
    const family = counters.has(bare) ? bare : name
    return [`# ${kind} ${family} ${kind === 'HELP' ? rest.replaceAll('"', '\\"') : rest}`]
  })
  return `${lines.join('\n')}\n# EOF\n`
}
