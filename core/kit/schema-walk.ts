import type { z } from 'zod'
import { isSecretSchema } from './secret.ts'

type Path = readonly PropertyKey[]

// Parts of a zod definition that lead to other schemas.
interface Definition {
  readonly type: string
  readonly entries?: Readonly<Record<string, string | number>>
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly element?: z.ZodType
  readonly valueType?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly items?: readonly z.ZodType[]
  readonly rest?: z.ZodType | null
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly out?: z.ZodType
  readonly left?: z.ZodType
  readonly right?: z.ZodType
  readonly getter?: () => z.ZodType
}

/** Strings of a value at positions where the schema has `secret()`. */
export function secretValues(schema: z.ZodType, value: unknown): readonly string[] {
  if (isSecretSchema(schema)) return stringsOf(value)
  const inside = alternatives(schema).flatMap((inner) => secretValues(inner, value))
  if (typeof value !== 'object' || value === null) return inside
  const children = Object.entries(value).flatMap(([key, child]) => {
    const childSchema = childOf(schema, Array.isArray(value) ? Number(key) : key)
    return childSchema === null ? [] : secretValues(childSchema, child)
  })
  return [...inside, ...children]
}

/** Whether a value at a path may be or hold a secret. True for a path that the schema does not have. */
export function mayHoldSecret(schema: z.ZodType, path: Path): boolean {
  const reached = schemasAt([schema], path)
  return reached.length === 0 || reached.some((found) => holdsSecret(found, new Set()))
}

/** Keys that an object at a path may have. */
export function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const found = schemasAt([schema], path).flatMap(withAlternatives)
  return [...new Set(found.flatMap((inner) => Object.keys(definitionOf(inner).shape ?? {})))]
}

function schemasAt(schemas: readonly z.ZodType[], path: Path): readonly z.ZodType[] {
  let current = schemas
  for (const key of path) {
    current = current
      .flatMap(withAlternatives)
      .map((schema) => childOf(schema, key))
      .filter((schema) => schema !== null)
  }
  return current
}

function holdsSecret(schema: z.ZodType, seen: Set<z.ZodType>): boolean {
  if (seen.has(schema)) return false
  seen.add(schema)
  if (isSecretSchema(schema)) return true
  const { shape, element, valueType, items } = definitionOf(schema)
  const children = [...Object.values(shape ?? {}), element, valueType, ...(items ?? [])]
  return [...children, ...alternatives(schema)].some(
    (inner) => inner !== undefined && holdsSecret(inner, seen),
  )
}

/** A schema, and all schemas that check the same value. */
export function withAlternatives(schema: z.ZodType): readonly z.ZodType[] {
  return [schema, ...alternatives(schema).flatMap(withAlternatives)]
}

/** Other schemas that check the same value: members of a union, or what a wrapper wraps. */
function alternatives(schema: z.ZodType): readonly z.ZodType[] {
  const { options, innerType, in: input, out, left, right, getter } = definitionOf(schema)
  const wrapped = [innerType, input, out, left, right, getter?.()]
  return [...(options ?? []), ...wrapped].filter((inner) => inner !== undefined)
}

/** The schema of a property or an item; null if there is none. */
export function childOf(schema: z.ZodType, key: PropertyKey): z.ZodType | null {
  const { shape, element, valueType, items, rest } = definitionOf(schema)
  if (typeof key === 'number') return element ?? items?.[key] ?? rest ?? null
  if (shape !== undefined && Object.hasOwn(shape, key)) return shape[String(key)] ?? null
  return valueType ?? null
}

/** The definition of a schema, typed as far as it is used here. */
export function definitionOf(schema: z.ZodType): Definition {
  return schema.def as unknown as Definition
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.flatMap(stringsOf) : []
}
