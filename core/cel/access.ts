import type { IndexNode, SelectNode } from './ast.ts'
import { fail, noOverload, type SourceRange } from './errors.ts'
import { valueAt } from './maps.ts'
import { type AnyMap, kindOf, Optional, Uint } from './values.ts'

/** The value of a field: `of.field`, `of.?field`. An optional gives an optional. */
export function readField(
  of: unknown,
  field: string,
  isOptional: boolean,
  node: SourceRange,
): unknown {
  if (of instanceof Optional) {
    return of.value === undefined ? of : Optional.of(fieldOf(of.value, field, node))
  }
  const value = fieldOf(of, field, node)
  if (isOptional) return Optional.of(value)
  return value === undefined ? noSuchKey(node) : value
}

/** Undefined if a map has no such field. */
function fieldOf(of: unknown, field: string, node: SourceRange): unknown {
  if (kindOf(of) === 'map') return valueAt(of as AnyMap, field)
  return noSuchKey(node)
}

/** `has(of.field)` */
export function hasField(of: unknown, node: SelectNode): boolean {
  const inner = of instanceof Optional ? of.value : of
  return inner !== undefined && fieldOf(inner, node.field, node) !== undefined
}

/** The item of a list or the value of a key: `of[at]`, `of[?at]`. */
export function readIndex(of: unknown, at: unknown, isOptional: boolean, node: IndexNode): unknown {
  if (of instanceof Optional) {
    return of.value === undefined ? of : Optional.of(itemOf(of.value, at, node))
  }
  const value = itemOf(of, at, node)
  if (isOptional) return Optional.of(value)
  if (value !== undefined) return value
  if (!Array.isArray(of)) return noSuchKey(node)
  return fail('index_out_of_bounds', 'index out of bounds', node)
}

function itemOf(of: unknown, at: unknown, node: IndexNode): unknown {
  if (Array.isArray(of)) {
    const index = at instanceof Uint ? at.value : at
    if (typeof index === 'bigint') return of[Number(index)]
    if (typeof index === 'number' && Number.isInteger(index)) return of[index]
    return noOverload(`list[${kindOf(at)}]`, node)
  }
  if (kindOf(of) === 'map') return valueAt(of as AnyMap, at)
  return noOverload(`${kindOf(of)}[${kindOf(at)}]`, node)
}

function noSuchKey(node: SourceRange): never {
  return fail('no_such_key', 'no such key', node)
}
