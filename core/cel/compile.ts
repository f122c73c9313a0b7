import { hasField, readField, readIndex } from './access.ts'
import type { BinaryNode, CelNode, Element, IndexNode, LogicNode } from './ast.ts'
import { callOf, compileCall } from './calls.ts'
import { compare, equals } from './equality.ts'
import { CelError, fail, noOverload, type SourceRange } from './errors.ts'
import { compileBind, compileLoop } from './loops.ts'
import { mapOf, valueAt } from './maps.ts'
import { OPERATORS } from './operators.ts'
import { type Activation, type Bound, type Compiler, type Run, type Watch, within } from './run.ts'
import { spend } from './steps.ts'
import { type AnyMap, kindOf, Optional, TYPE_VALUES } from './values.ts'

/**
 * Compiles an expression. The returned function throws `CelError`, or `StepsExceeded` once the evaluation has taken
 * too many steps. A name without a value must be undefined in `values`.
 */
export function compileCel(
  root: CelNode,
  watch: Watch = (_node, run) => run,
): (values: Activation['values']) => unknown {
  let places = 0
  const compiler: Compiler = {
    compile: (node, bound) => watch(node, compileNode(node, bound, compiler)),
    place: () => places++,
  }
  const run = compiler.compile(root, new Map())
  return (values) => run({ values, locals: new Array(places) })
}

function compileNode(node: CelNode, bound: Bound, compiler: Compiler): Run {
  const part = (inner: CelNode) => compiler.compile(inner, bound)
  switch (node.kind) {
    case 'literal': {
      const { value } = node
      return () => value
    }
    case 'name':
      return compileName(node, bound)
    case 'select': {
      const { field, isOptional } = node
      const of = part(node.of)
      return (active) => readField(of(active), field, isOptional, node)
    }
    case 'has': {
      const of = part(node.of)
      return (active) => hasField(of(active), node)
    }
    case 'index':
      return compileIndex(node, part)
    case 'and':
    case 'or':
      return compileLogic(node, part)
    case 'binary':
      return compileBinary(node, part)
    case 'not':
    case 'negate': {
      const sign = node.kind === 'not' ? '!' : '-'
      return callOf(sign, OPERATORS.get(sign) ?? [], [part(node.of)], node)
    }
    case 'ternary': {
      const [test, yes, no] = [part(node.test), part(node.yes), part(node.no)]
      return (active) => {
        const answer = test(active)
        if (answer === true) return yes(active)
        if (answer === false) return no(active)
        return noOverload(`${kindOf(answer)} ? … : …`, node.test)
      }
    }
    case 'list':
      return compileList(node.items, part)
    case 'map': {
      const entries = node.entries.map(({ key, value, isOptional }) => {
        return { key: part(key), value: part(value), isOptional, node: value }
      })
      return (active) =>
        within(node, () =>
          mapOf(
            entries.flatMap(({ key, value, isOptional, node: at }) => {
              const given = [key(active), value(active)] as const
              const kept = isOptional ? optionalValue(given[1], at) : given[1]
              return kept === undefined ? [] : [[given[0], kept] as const]
            }),
          ),
        )
    }
    case 'call':
      return compileCall(node, part)
    case 'loop':
      return compileLoop(node, bound, compiler)
    case 'bind':
      return compileBind(node, bound, compiler)
  }
}

function compileName({ name, start, end }: CelNode & { readonly name: string }, bound: Bound): Run {
  const place = bound.get(name)
  if (place !== undefined) return ({ locals }) => locals[place]
  const type = TYPE_VALUES.get(name)
  if (type !== undefined) return () => type
  return ({ values }) => {
    const value = values[name]
    if (value === undefined) fail('unknown_variable', `unknown variable: ${name}`, { start, end })
    return value
  }
}

function compileIndex(node: IndexNode, part: (inner: CelNode) => Run): Run {
  const of = part(node.of)
  const at = part(node.at)
  return (active) => readIndex(of(active), at(active), node.isOptional, node)
}

/** A side that decides hides the error of the other side. */
function compileLogic(node: LogicNode, part: (inner: CelNode) => Run): Run {
  const left = part(node.left)
  const right = part(node.right)
  const decisive = node.kind === 'or'
  return (active) => {
    let first: unknown
    let error: unknown
    try {
      first = left(active)
    } catch (thrown) {
      error = thrown
    }
    if (first === decisive) return decisive
    const second = right(active)
    if (second === decisive) return decisive
    if (error !== undefined) throw error
    if (typeof first === 'boolean' && typeof second === 'boolean') return second
    const sign = decisive ? '||' : '&&'
    return noOverload(`${kindOf(first)} ${sign} ${kindOf(second)}`, node)
  }
}

/** The double that an integer in the expression equals: a number of JSON is a double, and compares faster with one. */
function literalDouble(node: CelNode): number | null {
  if (node.kind !== 'literal') return null
  const value = typeof node.value === 'bigint' ? Number(node.value) : node.value
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : null
}

function compileEquality({ right: node }: BinaryNode, left: Run, right: Run): Run {
  const double = literalDouble(node)
  if (double === null) return (active) => equals(left(active), right(active))
  return (active) => {
    const one = left(active)
    return typeof one === 'number' ? one === double : equals(one, right(active))
  }
}

type Comparison = '<' | '<=' | '>' | '>='

const COMPARISONS: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

function compileBinary(node: BinaryNode, part: (inner: CelNode) => Run): Run {
  const { operator } = node
  const left = part(node.left)
  const right = part(node.right)
  switch (operator) {
    case '==':
      return compileEquality(node, left, right)
    case '!=': {
      const isEqual = compileEquality(node, left, right)
      return (active) => !isEqual(active)
    }
    case 'in':
      return (active) => isIn(left(active), right(active), node)
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compileComparison(operator, left, right, node)
    default:
      return callOf(operator, OPERATORS.get(operator) ?? [], [left, right], node)
  }
}

function compileComparison(sign: Comparison, left: Run, right: Run, node: BinaryNode): Run {
  const isRight = COMPARISONS[sign]
  const double = literalDouble(node.right)
  return (active) => {
    const one = left(active)
    if (double !== null && typeof one === 'number') return isRight(one - double)
    const other = right(active)
    try {
      return isRight(compare(one, other))
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      return noOverload(`${kindOf(one)} ${sign} ${kindOf(other)}`, node)
    }
  }
}

function isIn(item: unknown, holder: unknown, node: BinaryNode): boolean {
  if (Array.isArray(holder)) {
    spend(holder.length)
    return holder.some((one) => equals(item, one))
  }
  if (kindOf(holder) === 'map') return valueAt(holder as AnyMap, item) !== undefined
  return noOverload(`${kindOf(item)} in ${kindOf(holder)}`, node)
}

function compileList(items: readonly Element[], part: (inner: CelNode) => Run): Run {
  if (items.every(({ value, isOptional }) => value.kind === 'literal' && !isOptional)) {
    const list = items.map(({ value }) => (value.kind === 'literal' ? value.value : null))
    return () => list
  }
  const runs = items.map(({ value }) => part(value))
  if (!items.some(({ isOptional }) => isOptional)) return (active) => runs.map((run) => run(active))
  return (active) =>
    items.flatMap(({ isOptional, value: node }, index) => {
      const given = runs[index]?.(active)
      const value = isOptional ? optionalValue(given, node) : given
      return value === undefined ? [] : [value]
    })
}

/** Undefined if there is none. */
function optionalValue(value: unknown, range: SourceRange): unknown {
  if (value instanceof Optional) return value.value
  return noOverload(`?${kindOf(value)}`, range)
}
