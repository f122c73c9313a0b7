/** Stands in a text in place of a secret. */
export const REDACTED = '[redacted]'

/** Part of a text, from `start` to before `end`. */
export interface TextSpan {
  readonly start: number
  readonly end: number
}

/** The text with each span replaced by `[redacted]`. Spans must be in order and must not overlap. */
export function redactSpans(text: string, spans: readonly TextSpan[]): string {
  let redacted = ''
  let position = 0
  for (const { start, end } of spans) {
    redacted += text.slice(position, start) + REDACTED
    position = end
  }
  return redacted + text.slice(position)
}
