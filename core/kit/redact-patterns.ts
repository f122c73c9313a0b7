import { RE2JS } from 're2js'

/** A match of a pattern is found wherever the text is cut into chunks, up to so many characters. */
export const MAX_MATCH_LENGTH = 1024
export const MASK = '[redacted]'

/** Redacts text that arrives in pieces. */
export interface RedactingStream {
  /** The redacted text so far, less an end that may be the beginning of what is to be redacted. */
  write(text: string): string
  /** The rest. */
  end(): string
}

/** Compiles a pattern (RE2: it cannot take long). Throws where it is no valid one, or matches nothing at all. */
export function compileRedactPattern(pattern: string): RE2JS {
  const compiled = RE2JS.compile(pattern)
  if (compiled.test('')) throw new Error('it matches the empty text')
  return compiled
}

/** Replaces what the patterns match, line by line. */
export function redactPatterns(text: string, patterns: readonly RE2JS[]): string {
  if (patterns.length === 0) return text
  return text
    .split(/([\r\n])/)
    .map((part) => mask(part, findSpans(part, patterns)))
    .join('')
}

/**
 * The same for text that arrives in pieces: a line is held until its end has come, and of one that has grown long the
 * last 1024 characters. `patterns` is asked at each write.
 */
export function createPatternStream(patterns: () => readonly RE2JS[]): RedactingStream {
  let held = ''
  return {
    write(text) {
      const all = held + text
      const inForce = patterns()
      const settled = inForce.length === 0 ? all.length : endOfLines(all)
      const { redacted, rest } = redactLongLine(all.slice(settled), inForce)
      held = rest
      return redactPatterns(all.slice(0, settled), inForce) + redacted
    },
    end() {
      const rest = redactPatterns(held, patterns())
      held = ''
      return rest
    },
  }
}

function redactLongLine(line: string, patterns: readonly RE2JS[]) {
  // Twice the length, so that each character is looked at twice at most.
  if (line.length < 2 * MAX_MATCH_LENGTH) return { redacted: '', rest: line }
  const spans = findSpans(line, patterns)
  const open = line.length - MAX_MATCH_LENGTH
  // A match that begins before and ends after is not cut.
  const cut = spans.find(({ start, end }) => start < open && end > open)?.end ?? open
  const whole = spans.filter(({ end }) => end <= cut)
  return { redacted: mask(line.slice(0, cut), whole), rest: line.slice(cut) }
}

interface Span {
  readonly start: number
  readonly end: number
}

/** What the patterns match, in order, what overlaps as one. */
function findSpans(line: string, patterns: readonly RE2JS[]): readonly Span[] {
  if (line === '') return []
  const found: Span[] = []
  for (const pattern of patterns) {
    const matcher = pattern.matcher(line)
    while (matcher.find()) {
      const span = { start: matcher.start(), end: matcher.end() }
      if (span.end > span.start) found.push(span)
    }
  }
  const spans: Span[] = []
  for (const span of found.toSorted((one, other) => one.start - other.start)) {
    const last = spans.at(-1)
    if (last === undefined || span.start > last.end) spans.push(span)
    else if (span.end > last.end) spans[spans.length - 1] = { start: last.start, end: span.end }
  }
  return spans
}

function mask(text: string, spans: readonly Span[]): string {
  let masked = ''
  let position = 0
  for (const { start, end } of spans) {
    masked += text.slice(position, start) + MASK
    position = end
  }
  return masked + text.slice(position)
}

function endOfLines(text: string): number {
  return Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
}
