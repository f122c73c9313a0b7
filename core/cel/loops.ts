import { type BindNode, type CelNode, insideLoop, type LoopNode, visitNodes } from './ast.ts'
import { compare } from './equality.ts'
import { noOverload } from './errors.ts'
import { keysOf, mapOf, valueAt } from './maps.ts'
import { type Activation, type Bound, type Compiler, type Run, within } from './run.ts'
import { spend } from './steps.ts'
import { type AnyMap, kindOf, Optional } from './values.ts'

const CALL_STEPS = 10
const OPERATOR_STEPS = 4
const CHEAP = new Set(['literal', 'name', 'select', 'and', 'or', 'not'])

/** Steps of one evaluation of a part that has no loop. */
function weightOf(part: CelNode): number {
  let weight = 0
  visitNodes(part, ({ kind }) => {
    if (kind === 'call' || kind === 'loop') weight += CALL_STEPS
    else weight += CHEAP.has(kind) ? 1 : OPERATOR_STEPS
  })
  return weight
}

/** Evaluates the parts of a loop for an item. */
interface Loop {
  readonly over: Run
  readonly body: Run
  readonly filter: Run | null
  /** Steps of an item. */
  readonly steps: number
  /** Sets the names that the loop binds. */
  readonly bind: (active: Activation, key: unknown, value: unknown) => void
  readonly isPair: boolean
  readonly node: LoopNode
}

export function compileLoop(node: LoopNode, bound: Bound, compiler: Compiler): Run {
  const places = node.variables.map((name) => [name, compiler.place()] as const)
  const inner = new Map([...bound, ...places])
  const [first = 0, second = 0] = places.map(([, place]) => place)
  const isPair = places.length === 2
  const loop: Loop = {
    node,
    isPair,
    over: compiler.compile(node.over, bound),
    body: compiler.compile(node.body, inner),
    filter: node.filter === null ? null : compiler.compile(node.filter, inner),
    steps: insideLoop(node).reduce((sum, part) => sum + weightOf(part), 1),
    bind: ({ locals }, key, value) => {
      locals[first] = key
      if (isPair) locals[second] = value
    },
  }
  return COMPILED[node.macro](loop)
}

const COMPILED: Readonly<Record<LoopNode['macro'], (loop: Loop) => Run>> = {
  all: (loop) => quantifier(loop, false),
  exists: (loop) => quantifier(loop, true),
  existsOne: (loop) => (active) => {
    let count = 0
    each(loop, active, () => {
      if (isTrue(loop.body(active), loop)) count++
    })
    return count === 1
  },
  filter: (loop) => (active) => {
    const kept: unknown[] = []
    each(loop, active, (item) => {
      if (isTrue(loop.body(active), loop)) kept.push(item)
    })
    return kept
  },
  map: collected,
  transformList: collected,
  transformMap: (loop) => (active) => {
    const entries: (readonly [unknown, unknown])[] = []
    each(loop, active, (key) => entries.push([key, loop.body(active)]))
    return within(loop.node, () => mapOf(entries))
  },
  transformMapEntry: (loop) => (active) => {
    const entries: (readonly [unknown, unknown])[] = []
    each(loop, active, () => {
      const made = loop.body(active)
      if (kindOf(made) !== 'map') noOverload(`transformMapEntry to ${kindOf(made)}`, loop.node)
      for (const key of keysOf(made as AnyMap)) entries.push([key, valueAt(made as AnyMap, key)])
    })
    return within(loop.node, () => mapOf(entries))
  },
  sortBy: (loop) => (active) => {
    const pairs: { readonly item: unknown; readonly key: unknown }[] = []
    each(loop, active, (item) => pairs.push({ item, key: loop.body(active) }))
    spend(pairs.length * Math.log2(pairs.length + 1))
    return within(loop.node, () =>
      pairs.toSorted((one, other) => compare(one.key, other.key)).map(({ item }) => item),
    )
  },
}

function collected(loop: Loop): Run {
  return (active) => {
    const made: unknown[] = []
    each(loop, active, () => made.push(loop.body(active)))
    return made
  }
}

/** The first item that decides ends the loop, and hides the errors of other items. */
function quantifier(loop: Loop, decisive: boolean): Run {
  return (active) => {
    let error: unknown
    let isDecided = false
    each(loop, active, () => {
      try {
        isDecided = isTrue(loop.body(active), loop) === decisive
      } catch (thrown) {
        error ??= thrown
      }
      return isDecided
    })
    if (isDecided) return decisive
    if (error !== undefined) throw error
    return !decisive
  }
}

/** Binds the names of a loop for each item, until `step` returns true. `step` gets the item, or the key of a map. */
function each(loop: Loop, active: Activation, step: (item: unknown) => unknown): void {
  const { over, filter, steps, bind, isPair, node } = loop
  const items = over(active)
  const isList = Array.isArray(items)
  if (!isList && kindOf(items) !== 'map') {
    noOverload(`${node.macro} over ${kindOf(items)}`, node.over)
  }
  const keys = isList ? items : keysOf(items as AnyMap)
  for (let index = 0; index < keys.length; index++) {
    spend(steps)
    const item = keys[index]
    if (!isPair) bind(active, item, undefined)
    else if (isList) bind(active, BigInt(index), item)
    else bind(active, item, valueAt(items as AnyMap, item))
    if (filter !== null && !isTrue(filter(active), loop)) continue
    if (step(item) === true) return
  }
}

function isTrue(answer: unknown, { node }: Loop): boolean {
  if (typeof answer === 'boolean') return answer
  return noOverload(`${node.macro} of ${kindOf(answer)}`, node.body)
}

export function compileBind(node: BindNode, bound: Bound, compiler: Compiler): Run {
  const place = compiler.place()
  const value = compiler.compile(node.value, bound)
  const body = compiler.compile(node.body, new Map([...bound, [node.name, place]]))
  const { macro } = node
  return (active) => {
    const given = value(active)
    if (macro === 'bind') {
      active.locals[place] = given
      return body(active)
    }
    if (!(given instanceof Optional)) return noOverload(`${kindOf(given)}.${macro}(…)`, node)
    if (given.value === undefined) return given
    active.locals[place] = given.value
    const made = body(active)
    if (macro === 'optMap') return Optional.of(made)
    return made instanceof Optional ? made : noOverload(`${macro} to ${kindOf(made)}`, node)
  }
}
