import type { RE2JS } from 're2js'
import { re2 } from '../redaction/re2.ts'
import { fail } from './errors.ts'
import { spend } from './steps.ts'

const MAX_PATTERN_LENGTH = 1000
/** RE2 tries each character of a text against each step. A pattern with more steps would block the process too long. */
const MAX_PATTERN_STEPS = 2000
const MAX_KEPT_PATTERNS = 500
const COMPILE_STEPS = 50_000

const patterns = new Map<string, RE2JS>()

/** Compiles an RE2 pattern, once. Throws if it is invalid or takes too many steps (`a{500}` takes 500). */
export function compilePattern(pattern: string): RE2JS {
  const kept = patterns.get(pattern)
  if (kept !== undefined) return kept
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new Error(`a pattern has at most ${MAX_PATTERN_LENGTH} characters`)
  }
  const compiled = re2().compile(pattern)
  const steps = compiled.programSize()
  if (steps > MAX_PATTERN_STEPS) {
    throw new Error(`a pattern has at most ${MAX_PATTERN_STEPS} steps, and this one ${steps}`)
  }
  if (patterns.size >= MAX_KEPT_PATTERNS) patterns.delete(patterns.keys().next().value ?? '')
  patterns.set(pattern, compiled)
  return compiled
}

/** Whether a pattern is found anywhere in a text, in time linear in the text: a payload could make others run forever. */
export function matchesPattern(text: string, pattern: string): boolean {
  const compiled = patterns.get(pattern) ?? newPattern(pattern)
  // The more steps a pattern has, the more of them may be under way at each character.
  spend(text.length * (1 + compiled.programSize() ** 2 / 256))
  return compiled.test(text)
}

function newPattern(pattern: string): RE2JS {
  spend(COMPILE_STEPS)
  try {
    return compilePattern(pattern)
  } catch {
    return fail('invalid_pattern', 'a pattern is not valid')
  }
}
