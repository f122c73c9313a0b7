import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'

/** The library's own `matches` backtracks, so a payload could make it run for ever; CEL asks for RE2. */
const LINEAR_MATCHES = 'linearMatches'
const MAX_PATTERN_LENGTH = 1000
/** Each character of a text is tried against each step: more hold up all else, though they end. */
const MAX_PATTERN_STEPS = 2000
const MAX_KEPT_PATTERNS = 500

const patterns = new Map<string, RE2JS>()

/** The CEL that conditions are written in: the standard, with optionals and JSON's mixed lists and maps. */
export const celEnvironment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
})
  .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, matchesPattern, { async: false })
  .registerFunction('matches(string, string): bool', matchesPattern, { async: false })
  .registerFunction('string(google.protobuf.Timestamp): string', isoTime, { async: false })

/** Makes a parsed `matches` the linear one. Call before the first check. */
export function useLinearMatches(node: ASTNode): void {
  if (node.op === 'rcall' && node.args[0] === 'matches') node.args[0] = LINEAR_MATCHES
}

/** The literal pattern that a node matches against, with the node that holds it; null for anything else. */
export function literalPattern(node: ASTNode): { pattern: string; at: ASTNode } | null {
  const at = patternNode(node)
  return at?.op === 'value' && typeof at.args === 'string' ? { pattern: at.args, at } : null
}

/** Compiles an RE2 pattern, once. Throws where it is no valid one, or takes too many steps (`a{500}` takes 500). */
export function compilePattern(pattern: string): RE2JS {
  const kept = patterns.get(pattern)
  if (kept !== undefined) return kept
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new Error(`a pattern has at most ${MAX_PATTERN_LENGTH} characters`)
  }
  const compiled = RE2JS.compile(pattern)
  const steps = compiled.programSize()
  if (steps > MAX_PATTERN_STEPS) {
    throw new Error(`a pattern has at most ${MAX_PATTERN_STEPS} steps, and this one ${steps}`)
  }
  if (patterns.size >= MAX_KEPT_PATTERNS) patterns.delete(patterns.keys().next().value ?? '')
  patterns.set(pattern, compiled)
  return compiled
}

/** The library's message in the words of the condition's author. */
export function readableSummary(summary: string): string {
  return summary.replaceAll(LINEAR_MATCHES, 'matches')
}

function patternNode(node: ASTNode): ASTNode | undefined {
  if (node.op === 'rcall' && [LINEAR_MATCHES, 'matches'].includes(node.args[0]))
    return node.args[2][0]
  if (node.op === 'call' && node.args[0] === 'matches') return node.args[1][1]
  return undefined
}

function matchesPattern(text: string, pattern: string): boolean {
  return compilePattern(pattern).test(text)
}

function isoTime(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z')
}
