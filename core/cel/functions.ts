import { type CelType, parseType, splitTypes } from './types.ts'
import type { Kind } from './values.ts'

/** A function that expressions can call, for one combination of types. */
export interface CelFunction {
  /** As the documentation shows it: `string.indexOf(string, int): int`. */
  readonly signature: string
  /** An expression and its value, as an expression too. */
  readonly example: readonly [expression: string, value: string]
  /** With its namespace: `math.abs`. */
  readonly name: string
  /** Whether it is called on its first value: `text.size()`. */
  readonly isMethod: boolean
  /** Types of its values, with the one that it is called on. */
  readonly parameters: readonly CelType[]
  readonly kinds: readonly (Kind | 'dyn')[]
  readonly result: CelType
  /** Whether it takes any number of values of its last type. */
  readonly isVariadic: boolean
  readonly call: (...values: readonly unknown[]) => unknown
  /** Steps that a call takes, apart from the few of every call. */
  readonly cost: ((...values: readonly unknown[]) => number) | null
}

const SIGNATURE =
  /^(?:(string|bytes|timestamp|duration|(?:list|map|optional)<.*?>)\.)?([\w.]+)\((.*?)(\.\.\.)?\): (.+)$/
const PARAMETER = /^[A-Z]$/

/** Defines a function. `cost` gets the values of a call, as `call` does. */
export function define(
  signature: string,
  example: readonly [expression: string, value: string],
  call: (...values: never[]) => unknown,
  cost?: (...values: never[]) => number,
): CelFunction {
  const [, receiver, name = '', list = '', more, result = ''] = SIGNATURE.exec(signature) ?? []
  const parameters = [...(receiver === undefined ? [] : [receiver]), ...splitTypes(list)].map(
    parseType,
  )
  return {
    signature,
    example,
    name,
    isMethod: receiver !== undefined,
    parameters,
    kinds: parameters.map((one) => (PARAMETER.test(one.name) ? 'dyn' : (one.name as Kind))),
    result: parseType(result),
    isVariadic: more !== undefined,
    call: call as CelFunction['call'],
    cost: (cost ?? null) as CelFunction['cost'],
  }
}
