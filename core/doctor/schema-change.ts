import type { z } from 'zod'
import { childOf, definitionOf, withAlternatives } from '../kit/schema-walk.ts'
import { isSecretSchema } from '../kit/secret.ts'

/** One option set to another value that its schema names. */
export interface OptionChange {
  /** `hmac.algorithm` */
  readonly path: string
  /** Null: not set. */
  readonly from: string | null
  readonly to: string | null
  /** A copy of a value with that option changed. */
  apply(value: unknown): unknown
}

type Key = string | number

/** A copy of a value in which every string is replaced that the schema marks with `secret()`. */
export function replaceSecrets(
  schema: z.ZodType,
  value: unknown,
  replace: (secret: string) => string,
): unknown {
  return replaceIn([schema], value, replace)
}

/** One change for each other value of an `enum`, and for each of the `examples` in the metadata of a text. */
export function optionChanges(schema: z.ZodType, value: unknown): readonly OptionChange[] {
  return changesIn([schema], value, [])
}

function replaceIn(
  schemas: readonly z.ZodType[],
  value: unknown,
  replace: (secret: string) => string,
): unknown {
  const known = schemas.flatMap(withAlternatives)
  if (typeof value === 'string') return known.some(isSecretSchema) ? replace(value) : value
  if (!isPlain(value)) return value
  // `secrets()` also accepts a single secret, so the members of a list are secrets too.
  const inherited = known.filter(isSecretSchema)
  const child = (key: Key, item: unknown) =>
    replaceIn([...childrenOf(known, key), ...inherited], item, replace)
  if (Array.isArray(value)) return value.map((item, index) => child(index, item))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, child(key, item)]))
}

function changesIn(
  schemas: readonly z.ZodType[],
  value: unknown,
  path: readonly Key[],
): readonly OptionChange[] {
  const known = schemas.flatMap(withAlternatives)
  if (known.some(isSecretSchema)) return []
  if (value === undefined || typeof value === 'string') return choicesOf(known, value, path)
  if (!isPlain(value)) return []
  const keys = Array.isArray(value)
    ? value.map((_, index) => index)
    : [...new Set(known.flatMap((schema) => Object.keys(definitionOf(schema).shape ?? {})))]
  return keys.flatMap((key) =>
    changesIn(childrenOf(known, key), (value as Record<Key, unknown>)[key], [...path, key]),
  )
}

function choicesOf(
  schemas: readonly z.ZodType[],
  value: string | undefined,
  path: readonly Key[],
): readonly OptionChange[] {
  const choices = schemas.flatMap((schema) => [
    ...Object.values(definitionOf(schema).entries ?? {}),
    ...examplesOf(schema),
  ])
  if (choices.length === 0 || path.length === 0) return []
  const isOptional = schemas.some((schema) => definitionOf(schema).type === 'optional')
  const from = value ?? null
  const others = [...choices, ...(isOptional ? [null] : [])].filter((choice) => choice !== from)
  return [...new Set(others)].flatMap((to) =>
    typeof to === 'number'
      ? []
      : { path: path.join('.'), from, to, apply: (whole: unknown) => setAt(whole, path, to) },
  )
}

function examplesOf(schema: z.ZodType): readonly string[] {
  const examples = schema.meta()?.['examples']
  return Array.isArray(examples)
    ? examples.filter((example): example is string => typeof example === 'string')
    : []
}

function setAt(value: unknown, path: readonly Key[], to: string | null): unknown {
  const [key, ...rest] = path
  if (key === undefined) return to ?? undefined
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === key ? setAt(item, rest, to) : item))
  }
  const record = isPlain(value) ? (value as Readonly<Record<Key, unknown>>) : {}
  const changed = Object.entries({ ...record, [key]: setAt(record[key], rest, to) })
  return Object.fromEntries(changed.filter(([, item]) => item !== undefined))
}

function childrenOf(schemas: readonly z.ZodType[], key: Key): readonly z.ZodType[] {
  return schemas.map((schema) => childOf(schema, key)).filter((child) => child !== null)
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null
}
