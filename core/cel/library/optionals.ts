import { fail } from '../errors.ts'
import { define } from '../functions.ts'
import { spend } from '../steps.ts'
import { kindOf, MixedMap, Optional, type Uint } from '../values.ts'

/** As in protobuf: null, false, 0, and what is empty. */
function isZero(value: unknown): boolean {
  switch (kindOf(value)) {
    case 'null':
      return true
    case 'list':
    case 'bytes':
      return (value as { readonly length: number }).length === 0
    case 'map':
      if (value instanceof MixedMap) return value.entries.size === 0
      for (const _key in value as object) return false
      return true
    case 'optional':
      return (value as Optional).value === undefined
    case 'uint':
      return (value as Uint).value === 0n
    case 'timestamp':
    case 'duration':
    case 'type':
      return false
    default:
      return !value || value === 0n
  }
}

function heldValue({ value }: Optional): unknown {
  return value === undefined ? fail('optional_none', 'an optional has no value') : value
}

function unwrap(list: readonly unknown[]): readonly unknown[] {
  spend(list.length)
  return list.flatMap((item) => {
    if (!(item instanceof Optional)) return fail('no_such_overload', 'unwrap takes optionals')
    return item.value === undefined ? [] : [item.value]
  })
}

/** `.?field` and `[?key]` give an optional. https://github.com/google/cel-spec/wiki/proposal-246 */
export const OPTIONAL_FUNCTIONS = [
  define('optional.of(T): optional<T>', ['optional.of(1).value()', '1'], Optional.of),
  define(
    'optional.none(): optional<T>',
    ['optional.none().hasValue()', 'false'],
    () => Optional.none,
  ),
  define(
    'optional.ofNonZeroValue(T): optional<T>',
    ["optional.ofNonZeroValue('').orValue('none')", "'none'"],
    (value: unknown) => (isZero(value) ? Optional.none : Optional.of(value)),
  ),
  define(
    'optional<T>.hasValue(): bool',
    ["{'a': 1}.?a.hasValue()", 'true'],
    ({ value }: Optional) => value !== undefined,
  ),
  define('optional<T>.value(): T', ["{'a': 1}.?a.value()", '1'], heldValue),
  // The compiler evaluates these two itself, so that the other value is only evaluated if it is needed.
  define(
    'optional<T>.or(optional<T>): optional<T>',
    ["{'a': 1}.?b.or(optional.of(2)).value()", '2'],
    unused,
  ),
  define('optional<T>.orValue(T): T', ["{'a': 1}.?b.orValue(2)", '2'], unused),
  define(
    'optional.unwrap(list<optional<T>>): list<T>',
    ['optional.unwrap([optional.of(1), optional.none()])', '[1]'],
    unwrap,
  ),
  define(
    'list<optional<T>>.unwrapOpt(): list<T>',
    ['[optional.of(1), optional.none()].unwrapOpt()', '[1]'],
    unwrap,
  ),
]

function unused(): never {
  throw new Error('is evaluated by the compiler')
}
