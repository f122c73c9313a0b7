import type { z } from 'zod'
import { mayHoldSecret } from '../kit/schema-walk.ts'

type Path = readonly PropertyKey[]

/** Stands in an answer in place of a secret. A client that sends it back keeps the secret. */
export const MASK = { masked: true } as const

/**
 * The data with everything masked that is, or may be, a secret. Functions and class instances become text. Without a
 * schema (null), every value is masked.
 */
export function maskSecrets(schema: z.ZodType | null, data: unknown): unknown {
  return mask(data, [], (path) => schema === null || mayHoldSecret(schema, path))
}

function mask(data: unknown, path: Path, isHidden: (path: Path) => boolean): unknown {
  if (Array.isArray(data)) return data.map((item, index) => mask(item, [...path, index], isHidden))
  if (typeof data === 'object' && data !== null) {
    if (isReference(data)) return maskReference(data, isHidden(path))
    if (!isPlain(data)) return '[object]'
    const entries = Object.entries(data)
    return Object.fromEntries(
      entries.map(([key, item]) => [key, mask(item, [...path, key], isHidden)]),
    )
  }
  if (data === undefined || data === null) return data
  if (isHidden(path)) return MASK
  if (typeof data === 'function') return '[function]'
  return typeof data === 'bigint' || typeof data === 'symbol' ? String(data) : data
}

/** The resolved value with each reference of `written`, its form in the config, in place of what it stands for. */
export function showReferences(value: unknown, written: unknown): unknown {
  if (typeof written !== 'object' || written === null) return value
  if (isReference(written)) return written
  if (Array.isArray(value)) {
    const items: readonly unknown[] = Array.isArray(written) ? written : []
    return value.map((item, index) => showReferences(item, items[index]))
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, item]) => [key, showReferences(item, ownOf(written, key))]),
  )
}

/** Data in which masks were replaced by the secrets they stand for. */
export interface Unmasked {
  readonly data: unknown
  /** Paths of masks that stand for no secret. */
  readonly unknown: readonly Path[]
}

/** The data with each mask replaced by the value that `before` has at the same path. */
export function unmaskSecrets(data: unknown, before: unknown): Unmasked {
  const unknown: Path[] = []
  const unmask = (value: unknown, old: unknown, path: Path): unknown => {
    if (isMask(value)) {
      if (typeof old === 'string' || typeof old === 'number' || typeof old === 'boolean') return old
      unknown.push(path)
      return value
    }
    if (Array.isArray(value)) {
      const kept: readonly unknown[] = Array.isArray(old) ? old : []
      // In a list that got shorter, it is unknown which secret a mask stands for.
      const olds = value.length < kept.length ? [] : kept
      return value.map((item, index) => unmask(item, olds[index], [...path, index]))
    }
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    return Object.fromEntries(
      entries.map(([key, item]) => [key, unmask(item, ownOf(old, key), [...path, key])]),
    )
  }
  return { data: unmask(data, before, []), unknown }
}

function isMask(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return false
  return 'masked' in value && value.masked === true
}

function ownOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

const REFERENCE_KEYS = ['env', 'default', 'generate']

function isReference(value: object): boolean {
  const keys = Object.keys(value)
  if ('env' in value && typeof value.env === 'string') {
    return keys.every((key) => REFERENCE_KEYS.includes(key))
  }
  return keys.length === 1 && 'file' in value && typeof value.file === 'string'
}

// A reference names where a secret is. Only its default can hold one.
function maskReference(reference: object, isSecret: boolean): object {
  return isSecret && 'default' in reference ? { ...reference, default: MASK } : reference
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
