import type { z } from 'zod'
import { keysAt, mayHoldSecret } from '../../kit/schema-walk.ts'
import { type ConfigLocation, type Fault, type Path, pathText } from '../fault.ts'
import type { Resolved } from '../load/references.ts'
import { type SchemaFaultOptions, schemaFaults } from './schema-fault.ts'

export type Checked<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly faults: readonly Fault[] }

export interface CheckOptions {
  readonly location: ConfigLocation
  /** More known keys at the top level, for suggestions. */
  readonly moreKeys?: readonly string[]
  /** Keys at the top level whose values are never shown. Secrets never are. */
  readonly hidden?: readonly string[]
  /** Set if references were replaced. Their values are never shown, and may be text for a number or boolean. */
  readonly resolved?: Resolved
}

/** What `test` uses for an address that only a machine in service has. */
const STAND_IN_URL = 'https://stand-in.invalid'
/** Maximum number of reported issues. A request to the API may have very many. */
const MAX_ISSUES = 100

type Issue = z.core.$ZodIssue

/** Checks a value with a schema and returns its output, or faults. */
export async function checkValue<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  options: CheckOptions,
): Promise<Checked<z.output<Schema>>> {
  const referenced = options.resolved?.referenced ?? new Set<string>()
  const missing = options.resolved?.missing ?? new Set<string>()
  const standIns = options.resolved?.standIns ?? new Map<string, Fault>()
  let value = input
  let result = await schema.safeParseAsync(value)
  if (!result.success && referenced.size > 0 && result.error.issues.length <= MAX_ISSUES) {
    value = convertReferenced(value, result.error.issues, referenced, standIns)
    result = await schema.safeParseAsync(value)
  }
  if (result.success) return { ok: true, value: result.data }
  const issues = result.error.issues
    .slice(0, MAX_ISSUES)
    .filter((issue) => !followsFrom(missing, issue))
  const faultsOf: SchemaFaultOptions = {
    location: options.location,
    input: value,
    keysAt: (path) => [
      ...keysAt(schema, path),
      ...(path.length === 0 ? (options.moreKeys ?? []) : []),
    ],
    isHidden: (path) =>
      isReferenced(path, referenced) ||
      mayHoldSecret(schema, path) ||
      (options.hidden ?? []).some((key) => path[0] === key),
  }
  const faults = issues.flatMap(
    (issue) => standIns.get(pathText(issue.path)) ?? schemaFaults([issue], faultsOf),
  )
  return { ok: false, faults }
}

/** Whether the issue is there only since the value of a reference is missing: it is that value, or a check of what holds it. */
function followsFrom(missing: ReadonlySet<string>, { code, path }: Issue): boolean {
  const text = pathText(path)
  if (missing.has(text)) return true
  const holds = (inner: string) => inner.startsWith(text) && /^[.[]/.test(inner.slice(text.length))
  return code === 'custom' && missing.size > 0 && (text === '' || [...missing].some(holds))
}

function isReferenced(path: Path, referenced: ReadonlySet<string>): boolean {
  return path.some((_, index) => referenced.has(pathText(path.slice(0, index + 1))))
}

// Environment variables and files hold only text. What stands in for an address is no address.
function convertReferenced(
  value: unknown,
  issues: readonly Issue[],
  referenced: ReadonlySet<string>,
  standIns: ReadonlyMap<string, unknown>,
): unknown {
  return issues.reduce((converted, issue) => {
    const isUrl = issue.code === 'invalid_format' && issue.format === 'url'
    if (isUrl && standIns.has(pathText(issue.path))) {
      return replaceAt(converted, issue.path, () => STAND_IN_URL)
    }
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
