import type { CelFunction } from './functions.ts'
import { BYTE_FUNCTIONS } from './library/bytes.ts'
import { CHANGE_FUNCTIONS } from './library/changes.ts'
import { CONVERSIONS } from './library/conversions.ts'
import { ENCODERS } from './library/encoders.ts'
import { LIST_FUNCTIONS } from './library/lists.ts'
import { MATH_FUNCTIONS } from './library/math.ts'
import { OPTIONAL_FUNCTIONS } from './library/optionals.ts'
import { SET_FUNCTIONS } from './library/sets.ts'
import { STRING_FUNCTIONS } from './library/strings.ts'
import { TIME_FUNCTIONS } from './library/times.ts'
import { isMacro } from './macros.ts'

/** All functions, in the order and under the headings of the documentation. */
export const LIBRARY: Readonly<Record<string, readonly CelFunction[]>> = {
  Strings: STRING_FUNCTIONS,
  Lists: LIST_FUNCTIONS,
  Sets: SET_FUNCTIONS,
  Math: MATH_FUNCTIONS,
  'Timestamps and durations': TIME_FUNCTIONS,
  Optionals: OPTIONAL_FUNCTIONS,
  'Types and conversions': CONVERSIONS,
  Encoders: ENCODERS,
  Bytes: BYTE_FUNCTIONS,
  'Changed files': CHANGE_FUNCTIONS,
}

const FUNCTIONS = Map.groupBy(Object.values(LIBRARY).flat(), ({ name, isMethod }) =>
  isMethod ? `.${name}` : name,
)

/** The functions of a name; those that are called on a value, or the others. */
export function functionsNamed(name: string, isMethod: boolean): readonly CelFunction[] {
  return FUNCTIONS.get(isMethod ? `.${name}` : name) ?? []
}

const NAMESPACES = new Set([...FUNCTIONS.keys()].flatMap((name) => /^\w+(?=\.)/.exec(name) ?? []))

/** Whether `namespace.name(…)` is a function, or can be nothing else than a function that does not exist. */
export function isNamespaced(namespace: string, name: string): boolean {
  if (FUNCTIONS.has(`${namespace}.${name}`) || namespace === 'cel') return true
  return NAMESPACES.has(namespace) && !isMacro(name) && functionsNamed(name, true).length === 0
}

/** Names of all functions that are called on a value, or of all others. */
export function functionNames(isMethod: boolean): readonly string[] {
  const names = [...FUNCTIONS.keys()]
  return isMethod
    ? names.filter((name) => name.startsWith('.')).map((name) => name.slice(1))
    : names.filter((name) => !name.startsWith('.'))
}
