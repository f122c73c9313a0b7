import type { z } from 'zod'
import { keysAt, mayHoldSecret } from '../kit/schema-walk.ts'
import { type Fault, type Path, type Place, pathText } from './fault.ts'
import type { Resolved } from './references.ts'
import { schemaFaults } from './schema-fault.ts'

export type Checked<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly faults: readonly Fault[] }

export interface CheckOptions {
  readonly place: Place
  /** Keys known at the top beside the schema's own, for suggestions. */
  readonly moreKeys?: readonly string[]
  /** Keys at the top whose values are never shown, beside those of secrets. */
  readonly hidden?: readonly string[]
  /** Set where values came by reference: they are then never shown, and text is read as the number or boolean expected. */
  readonly resolved?: Resolved
}

/** What is sent to the API may have any number of faults; more than these help nobody. */
const MAX_ISSUES = 100

type Issue = z.core.$ZodIssue

/** Checks a value by a schema and says what is wrong as faults. */
export async function checkValue<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  options: CheckOptions,
): Promise<Checked<z.output<Schema>>> {
  const referenced = options.resolved?.referenced ?? new Set<string>()
  const missing = options.resolved?.missing ?? new Set<string>()
  let value = input
  let result = await schema.safeParseAsync(value)
  if (!result.success && referenced.size > 0 && result.error.issues.length <= MAX_ISSUES) {
    value = convertReferenced(value, result.error.issues, referenced)
    result = await schema.safeParseAsync(value)
  }
  if (result.success) return { ok: true, value: result.data }
  const issues = result.error.issues
    .slice(0, MAX_ISSUES)
    .filter((issue) => !missing.has(pathText(issue.path)))
  const faults = schemaFaults(issues, {
    place: options.place,
    input: value,
    keysAt: (path) => [
      ...keysAt(schema, path),
      ...(path.length === 0 ? (options.moreKeys ?? []) : []),
    ],
    isHidden: (path) =>
      isReferenced(path, referenced) ||
      mayHoldSecret(schema, path) ||
      (options.hidden ?? []).some((key) => path[0] === key),
  })
  return { ok: false, faults }
}

function isReferenced(path: Path, referenced: ReadonlySet<string>): boolean {
  return path.some((_, index) => referenced.has(pathText(path.slice(0, index + 1))))
}

// The environment knows only text.
function convertReferenced(
  value: unknown,
  issues: readonly Issue[],
  referenced: ReadonlySet<string>,
): unknown {
  return issues.reduce((converted, issue) => {
    if (issue.code !== 'invalid_type' || !referenced.has(pathText(issue.path))) return converted
    return replaceAt(converted, issue.path, (text) => convert(text, issue.expected))
  }, value)
}

function convert(text: unknown, expected: string): unknown {
  if (typeof text !== 'string') return text
  if (expected === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  const isNumeric = text.trim() !== '' && Number.isFinite(Number(text))
  return (expected === 'number' || expected === 'int') && isNumeric ? Number(text) : text
}

function replaceAt(value: unknown, path: Path, replace: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return replace(value)
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === key ? replaceAt(item, rest, replace) : item))
  }
  if (typeof value !== 'object' || value === null) return value
  const record = value as Record<PropertyKey, unknown>
  return { ...record, [key]: replaceAt(record[key], rest, replace) }
}
