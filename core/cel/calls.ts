import type { CallNode, CelNode } from './ast.ts'
import { fail, noOverload, type SourceRange } from './errors.ts'
import type { CelFunction } from './functions.ts'
import { functionsNamed } from './library.ts'
import { type Run, withRange } from './run.ts'
import { spend } from './steps.ts'
import { kindOf, Optional } from './values.ts'

/** Compiles a call. A function that does not exist is an error of the evaluation. */
export function compileCall(node: CallNode, part: (inner: CelNode) => Run): Run {
  const { name, target, args } = node
  const runs = (target === null ? args : [target, ...args]).map(part)
  const [first, second] = runs
  const isLazy = target !== null && (name === 'or' || name === 'orValue') && runs.length === 2
  if (isLazy && first !== undefined && second !== undefined) return optionalOr(node, first, second)
  return callOf(name, functionsNamed(name, target !== null), runs, node)
}

/** Calls the first function or operator that takes the values. */
export function callOf(
  name: string,
  functions: readonly CelFunction[],
  runs: readonly Run[],
  node: CelNode,
): Run {
  const fitting = functions.filter(({ parameters, isVariadic }) =>
    isVariadic ? runs.length >= parameters.length : runs.length === parameters.length,
  )
  const [first, second] = runs
  if (first !== undefined && second !== undefined && runs.length === 2) {
    return (active) => {
      const one = first(active)
      const other = second(active)
      for (const found of fitting) {
        if (takes(found, 0, one) && takes(found, 1, other)) {
          return call(found, [one, other], node)
        }
      }
      return noFunction(name, [one, other], node)
    }
  }
  return (active) => {
    const values = runs.map((run) => run(active))
    const found = fitting.find((one) => values.every((value, index) => takes(one, index, value)))
    return found === undefined ? noFunction(name, values, node) : call(found, values, node)
  }
}

function takes({ kinds }: CelFunction, index: number, value: unknown): boolean {
  const kind = kinds[Math.min(index, kinds.length - 1)]
  return kind === 'dyn' || kind === kindOf(value)
}

function call(found: CelFunction, values: readonly unknown[], node: SourceRange): unknown {
  try {
    if (found.cost !== null) spend(found.cost(...values))
    return found.call(...values)
  } catch (error) {
    throw withRange(error, node)
  }
}

function noFunction(name: string, values: readonly unknown[], node: CelNode): never {
  if (node.kind !== 'call') {
    const kinds = values.map(kindOf)
    return noOverload(kinds.length === 1 ? name + kinds[0] : kinds.join(` ${name} `), node)
  }
  const what = `${name}(${values.map(kindOf).join(', ')})`
  return fail('no_matching_overload', `found no matching overload for '${what}'`, node)
}

/** The other value is only evaluated if it is needed. */
function optionalOr({ name, ...node }: CallNode, optional: Run, other: Run): Run {
  return (active) => {
    const one = optional(active)
    if (!(one instanceof Optional)) return noOverload(`${kindOf(one)}.${name}(…)`, node)
    if (one.value !== undefined) return name === 'or' ? one : one.value
    const value = other(active)
    if (name === 'orValue' || value instanceof Optional) return value
    return noOverload(`optional.or(${kindOf(value)})`, node)
  }
}
