import {
  type ASTNode,
  TypeError as CelTypeError,
  Environment,
  EvaluationError,
  Optional,
  ParseError,
  type SourceRange,
} from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'
import { spend } from './steps.ts'

/** Replaces the library's own `matches`, which backtracks: a payload could make it run forever. CEL asks for RE2. */
const LINEAR_MATCHES = 'linearMatches'
const MAX_PATTERN_LENGTH = 1000
/** RE2 tries each character of a text against each step. A pattern with more steps would block the process too long. */
const MAX_PATTERN_STEPS = 2000
const MAX_KEPT_PATTERNS = 500
const COMPILE_STEPS = 50_000
/** Levels of lists of which an overload is chosen. */
const TYPE_LEVELS = 2
const MAX_JSON_VALUES = 1_000_000
const MAX_JSON_CHARACTERS = 64 * 2 ** 20

/** Codes of errors whose summary holds type names and the author's own words, never a value of the payload. */
const VALUE_FREE = new Set(['no_such_overload', 'no_matching_overload', 'unknown_variable'])
const MAX_EXCERPT_LENGTH = 60
const MAX_INT = 2n ** 63n - 1n

const patterns = new Map<string, RE2JS>()

/** The CEL of conditions: the standard, with optional values and with JSON's mixed lists and maps. */
export const celEnvironment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
})
  .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, matchesPattern, { async: false })
  .registerFunction('matches(string, string): bool', matchesPattern, { async: false })
  .registerFunction('string(google.protobuf.Timestamp): string', isoTime, { async: false })
  // What CEL has and the library lacks.
  .registerFunction('int(google.protobuf.Timestamp): int', epochSeconds, { async: false })
  .registerFunction('int(uint): int', uintToInt, { async: false })
  .registerFunction('string(google.protobuf.Duration): string', String, { async: false })
  .registerFunction(
    'timestamp(google.protobuf.Timestamp): google.protobuf.Timestamp',
    (time: Date) => time,
    { async: false },
  )
  .registerFunction(
    'duration(google.protobuf.Duration): google.protobuf.Duration',
    (duration: object) => duration,
    { async: false },
  )
  .registerFunction('internalBoundTypes(): bool', boundTypes, { async: false })

celEnvironment.evaluate('internalBoundTypes()')

interface Evaluator {
  readonly registry: { getListType(of: object): object }
  debugType(value: unknown): { readonly kind: string }
  debugTypeDeep(value: unknown): object
}

/**
 * Bounds the types that the library names before it chooses an overload. It would follow the first item of a value to
 * its end, and keep the name of each type that it found for as long as the process runs.
 */
function boundTypes(this: Evaluator): boolean {
  const typeOf = (value: unknown, levels: number): object => {
    const type = this.debugType(value)
    if (type.kind !== 'list' || levels === 0) return type
    const first = Array.isArray(value) ? value[0] : undefined
    return first === undefined ? type : this.registry.getListType(typeOf(first, levels - 1))
  }
  this.debugTypeDeep = (value) => typeOf(value, TYPE_LEVELS)
  return true
}

/** Makes a parsed call of `matches` linear. Call it before the first check. */
export function useLinearMatches(node: ASTNode): void {
  if (node.op === 'rcall' && node.args[0] === 'matches') node.args[0] = LINEAR_MATCHES
}

/** The literal pattern of a call of `matches` and its node; null for any other node. */
export function literalPattern(node: ASTNode): { pattern: string; at: ASTNode } | null {
  const at = patternNode(node)
  return at?.op === 'value' && typeof at.args === 'string' ? { pattern: at.args, at } : null
}

/** Compiles an RE2 pattern, once. Throws if it is invalid or takes too many steps (`a{500}` takes 500). */
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

/** A message of the library with the names that the author of the condition knows. */
export function readableMessage(message: string): string {
  return message
    .replaceAll(LINEAR_MATCHES, 'matches')
    .replaceAll(/dyn<(\w+)>/g, '$1')
    .replaceAll(/google\.protobuf\.(Timestamp|Duration)/g, (_all, name: string) =>
      name.toLowerCase(),
    )
    .replaceAll('$event', 'event')
}

/**
 * What is wrong and where, in one line: at `load` in the words of the library, at `run` only what cannot hold a value
 * of the payload.
 */
export function describeError(error: unknown, when: 'load' | 'run'): string {
  if (!isCelError(error)) return describeForeignError(error)
  const isSafe = when === 'load' || VALUE_FREE.has(error.code)
  const what = isSafe ? readableMessage(error.summary) : error.code.replaceAll('_', ' ')
  const { node } = error
  const range = when === 'run' ? (node?.range ?? error.range) : error.range
  if (range === undefined) return what
  const part = node?.input?.slice(range.start, range.end).replaceAll('\n', ' ') ?? ''
  const excerpt =
    when === 'run' && part !== '' ? ` in \`${part.slice(0, MAX_EXCERPT_LENGTH)}\`` : ''
  return `${what.split('\n', 1)[0]}${excerpt}, at character ${range.start + 1}`
}

/** The part of the expression that an error of the library is about; undefined if it names none. */
export function rangeOf(error: unknown): SourceRange | undefined {
  return isCelError(error) ? error.range : undefined
}

/** Errors of the engine, by what their message says. The message itself may hold a value of the payload. */
const FOREIGN_ERRORS: readonly (readonly [RegExp, string])[] = [
  [/call stack/i, 'a value is nested too deeply'],
  [/time ?zone/i, 'there is no such time zone'],
  [/time value|date/i, 'a time is too far from now'],
  [/string length/i, 'a text is too long'],
  [/bigint/i, 'a number is no whole number'],
  [/json/i, 'the bytes are no JSON'],
  [/error parsing regexp|pattern/i, 'a pattern is not valid'],
]

function describeForeignError(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const known = FOREIGN_ERRORS.find(([form]) => form.test(message))
  return known?.[1] ?? 'a function cannot take the value that it was given'
}

/**
 * Converts a CEL value to JSON as the CEL specification does: bytes to base64, times and durations to strings. Throws
 * `TypeError` for a value that JSON cannot hold, and for more than a million values or 64 Mi characters: an expression
 * can name one value many times. https://protobuf.dev/programming-guides/json/
 */
export function celToJson(value: unknown): unknown {
  return toJson(value, { values: 0, characters: 0 })
}

function toJson(value: unknown, size: { values: number; characters: number }): unknown {
  size.values++
  if (typeof value === 'string') size.characters += value.length
  if (size.values > MAX_JSON_VALUES || size.characters > MAX_JSON_CHARACTERS) {
    throw notJson('so large a value')
  }
  if (typeof value === 'bigint') return integer(value)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw notJson('a number that is not finite')
  }
  if (typeof value === 'function' || typeof value === 'symbol') throw notJson(`a ${typeof value}`)
  if (typeof value !== 'object' || value === null) return value ?? null
  if (JSON.isRawJSON(value)) return value
  if (value instanceof Optional) return value.hasValue() ? toJson(value.value(), size) : null
  if (value instanceof Date) return value.toISOString()
  const simple: unknown = value.valueOf?.()
  // The library does not export its classes of uint and duration.
  if (typeof simple === 'bigint') return integer(simple)
  if (typeof simple === 'number') return `${simple / 1000}s`
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Set || Array.isArray(value)) {
    return [...value].map((item) => toJson(item, size))
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [String(key), toJson(item, size)]))
}

function isCelError(error: unknown): error is ParseError | EvaluationError | CelTypeError {
  return (
    error instanceof ParseError || error instanceof EvaluationError || error instanceof CelTypeError
  )
}

function patternNode(node: ASTNode): ASTNode | undefined {
  if (node.op === 'rcall' && [LINEAR_MATCHES, 'matches'].includes(node.args[0]))
    return node.args[2][0]
  if (node.op === 'call' && node.args[0] === 'matches') return node.args[1][1]
  return undefined
}

function matchesPattern(text: string, pattern: string): boolean {
  if (!patterns.has(pattern)) spend(COMPILE_STEPS)
  const compiled = compilePattern(pattern)
  // The more steps a pattern has, the more of them may be under way at each character.
  spend(text.length * (1 + compiled.programSize() ** 2 / 256))
  return compiled.test(text)
}

function epochSeconds(time: Date): bigint {
  return BigInt(Math.floor(time.getTime() / 1000))
}

function uintToInt(value: { valueOf(): bigint }): bigint {
  const int = value.valueOf()
  if (int > MAX_INT) {
    throw new EvaluationError({ code: 'numeric_overflow', message: 'int() type error: overflow' })
  }
  return int
}

function isoTime(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z')
}

// A double holds only 53 of 64 bits. Raw JSON keeps all digits.
function integer(value: bigint): unknown {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(String(value))
}

function notJson(what: string): TypeError {
  return new TypeError(`${what} cannot be written as JSON`)
}
