import type { RE2JS } from 're2js'
import { re2 } from './re2.ts'
import { redactSpans, type TextSpan } from './redacted.ts'

/** Matches of up to this many characters are found, wherever the text is cut into chunks. */
export const MAX_MATCH_LENGTH = 1024

/** Redacts text that arrives in pieces. */
export interface RedactingStream {
  /** Takes more text. Returns redacted text, and holds back an end that may be the beginning of a secret. */
  write(text: string): string
  /** Returns what was held back, redacted. */
  end(): string
}

/** Compiles an RE2 pattern, which runs in linear time. Throws if it is invalid or matches the empty text. */
export function compileRedactPattern(pattern: string): RE2JS {
  const compiled = re2().compile(pattern)
  if (compiled.test('')) throw new Error('it matches the empty text')
  return compiled
}

/** Replaces all matches within a line by `[redacted]`. */
export function redactPatterns(text: string, patterns: readonly RE2JS[]): string {
  if (patterns.length === 0) return text
  return text
    .split(/([\r\n])/)
    .map((part) => redactSpans(part, findSpans(part, patterns)))
    .join('')
}

/**
 * Does the same for text that arrives in pieces. A line is held back until it ends; of a long line, only its last 1024
 * characters are. `patterns` is called at each write.
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
  // Twice the length, so that each character is searched at most twice.
  if (line.length < 2 * MAX_MATCH_LENGTH) return { redacted: '', rest: line }
  const spans = findSpans(line, patterns)
  const open = line.length - MAX_MATCH_LENGTH
  // A match that spans the cut is not cut: the cut moves to its end.
  const cut = spans.find(({ start, end }) => start < open && end > open)?.end ?? open
  const whole = spans.filter(({ end }) => end <= cut)
  return { redacted: redactSpans(line.slice(0, cut), whole), rest: line.slice(cut) }
}

/** Spans of all matches, in order. Spans that overlap become one. */
function findSpans(line: string, patterns: readonly RE2JS[]): readonly TextSpan[] {
  if (line === '') return []
  const found: TextSpan[] = []
  for (const pattern of patterns) {
    const matcher = pattern.matcher(line)
    while (matcher.find()) {
      const span = { start: matcher.start(), end: matcher.end() }
      if (span.end > span.start) found.push(span)
    }
  }
  const spans: TextSpan[] = []
  for (const span of found.toSorted((one, other) => one.start - other.start)) {
    const last = spans.at(-1)
    if (last === undefined || span.start > last.end) spans.push(span)
    else if (span.end > last.end) spans[spans.length - 1] = { start: last.start, end: span.end }
  }
  return spans
}

function endOfLines(text: string): number {
  return Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
}
