import type { ASTNode } from '@marcbachmann/cel-js'
import { visitNodes } from './free-names.ts'
import { spend, stepsLeft } from './steps.ts'

/** Characters that are compared, copied or searched in about the time of one step. */
const CHARACTERS_PER_STEP = 64
/** Pairs of characters of a text and of what is searched in it. The engine's search is quadratic at worst. */
const PAIRS_PER_STEP = 256
/** The engine lists the keys of a large map slowly. */
const KEY_STEPS = 4
const CALL_STEPS = 10
const OPERATOR_STEPS = 4
/** A time zone is looked up anew at each call. */
const TIME_ZONE_STEPS = 1500

type Handle = (first: never, second: never, third: never, fourth: never) => unknown
type Values = readonly unknown[]

/** Parts of a node that the library sets while it checks an expression, and does not declare. */
interface CheckedNode {
  handle?: Handle
  readonly meta: { readonly alternate?: { readonly op: string; readonly args: Comprehension } }
}

/** What a macro that iterates becomes. `condition` is asked before each item, and is not within a `try`. */
interface Comprehension {
  condition?: (result: unknown) => boolean
}

/**
 * Makes a checked expression count its steps wherever its cost depends on the event: the items of macros, comparisons of
 * lists, maps and texts, calls that read a text. Anything else costs the same as without.
 */
export function countSteps(ast: ASTNode): void {
  visitNodes(ast, (node) => {
    if (node.op === 'rcall' || node.op === 'call') countCall(node)
    else if (isComparison(node) && !node.args.some(isSmall)) countOperator(node)
    else if (node.op === '+') countOperator(node)
  })
}

type CallNode = Extract<ASTNode, { op: 'rcall' | 'call' }>
type OperatorNode = Extract<ASTNode, { op: '==' | '!=' | 'in' | '<' | '<=' | '>' | '>=' | '+' }>

const COMPARISONS = new Set(['==', '!=', 'in', '<', '<=', '>', '>='])

function isComparison(node: ASTNode): node is OperatorNode {
  return COMPARISONS.has(node.op)
}

/** Whether a value is written in the expression itself, which is short. */
function isSmall(node: ASTNode): boolean {
  return node.op === 'value' || (node.op === 'list' && node.args.every(({ op }) => op === 'value'))
}

function countCall(node: CallNode): void {
  const checked = node as unknown as CheckedNode
  const { alternate } = checked.meta
  if (alternate?.op === 'comprehension' && node.op === 'rcall') {
    const steps = 1 + node.args[2].slice(1).reduce((sum, part) => sum + weightOf(part), 0)
    const { condition } = alternate.args
    alternate.args.condition = (result) => {
      spend(steps)
      return condition === undefined || condition(result)
    }
    before(alternate as unknown as CheckedNode, (items) => {
      if (!Array.isArray(items)) spend(sizeOf(items) * KEY_STEPS)
    })
    return
  }
  const cost = COSTS[node.args[0]]
  if (cost !== undefined) before(checked, (values: readonly unknown[]) => spend(cost(values)))
}

function countOperator(node: OperatorNode): void {
  const cost = node.op === '+' ? sumCost : node.op === 'in' ? searchCost : compare
  before(node as unknown as CheckedNode, cost)
}

/** Calls `cost` with the first two arguments of a node's handle, before the handle. */
function before(node: CheckedNode, cost: (first: never, second: never) => unknown): void {
  const { handle } = node
  if (handle === undefined) return
  node.handle = (first, second, third, fourth) => {
    cost(first, second)
    return handle(first, second, third, fourth)
  }
}

function weightOf(part: ASTNode): number {
  let weight = 0
  visitNodes(part, ({ op }) => {
    if (op === 'call' || op === 'rcall') weight += CALL_STEPS
    else weight += ['value', 'id', '.', '&&', '||', '!_'].includes(op) ? 1 : OPERATOR_STEPS
  })
  return weight
}

/** Steps of the calls whose cost depends on their values, the receiver first. `matches` counts its own. */
const COSTS: Readonly<Record<string, (values: Values) => number>> = {
  startsWith: (values) => lengthOf(values[1]) / CHARACTERS_PER_STEP,
  endsWith: (values) => lengthOf(values[1]) / CHARACTERS_PER_STEP,
  contains: (values) => findCost(values[0], values[1]),
  indexOf: (values) => findCost(values[0], values[1]),
  lastIndexOf: (values) => findCost(values[0], values[1]),
  split: splitCost,
  join: joinCost,
  lowerAscii: textCost,
  upperAscii: textCost,
  trim: textCost,
  bool: textCost,
  double: textCost,
  string: textCost,
  bytes: textCost,
  hex: textCost,
  base64: textCost,
  size: (values) =>
    typeof values[0] === 'string' ? values[0].length / 8 : sizeOf(values[0]) * KEY_STEPS,
  json: (values) => lengthOf(values[0]),
  // The library takes cubic time to read a duration.
  duration: (values) => lengthOf(values[0]) ** 3 / 1000,
  getDate: zoneCost,
  getDayOfMonth: zoneCost,
  getDayOfWeek: zoneCost,
  getDayOfYear: zoneCost,
  getFullYear: zoneCost,
  getHours: zoneCost,
  getMinutes: zoneCost,
  getMonth: zoneCost,
  getSeconds: zoneCost,
}

function zoneCost(values: Values): number {
  return values.length > 1 ? TIME_ZONE_STEPS : 0
}

function textCost(values: Values): number {
  return lengthOf(values[0]) / CHARACTERS_PER_STEP
}

function findCost(text: unknown, part: unknown): number {
  const length = lengthOf(text)
  const searched = lengthOf(part)
  if (searched > length) return 0
  return length / CHARACTERS_PER_STEP + (length * searched) / PAIRS_PER_STEP
}

function splitCost([text, separator]: Values): number {
  if (typeof text !== 'string' || typeof separator !== 'string') return 0
  const parts = text.split(separator, stepsLeft() + 1).length
  return parts + findCost(text, separator)
}

function joinCost([list, separator]: Values): number {
  if (!Array.isArray(list)) return 0
  spend(list.length)
  const length = list.reduce((sum: number, item) => sum + lengthOf(item) + lengthOf(separator), 0)
  return length / CHARACTERS_PER_STEP
}

function sumCost(one: unknown, other: unknown): void {
  if (Array.isArray(one)) spend(one.length + lengthOf(other))
  else spend((lengthOf(one) + lengthOf(other)) / CHARACTERS_PER_STEP)
}

function searchCost(value: unknown, list: unknown): void {
  if (!Array.isArray(list)) return
  spend(list.length)
  const isShort = typeof value !== 'object' && lengthOf(value) < CHARACTERS_PER_STEP
  if (!isShort) list.some((item) => compare(value, item))
}

/** Compares as the library is about to, and counts the steps. Returns whether the values are equal. */
function compare(one: unknown, other: unknown): boolean {
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') {
    const length = lengthOf(one)
    if (length >= CHARACTERS_PER_STEP && length === lengthOf(other)) {
      spend(length / CHARACTERS_PER_STEP)
    }
    return one === other || (isNumeric(one) && isNumeric(other) && Number(one) === Number(other))
  }
  if (one === other) return true
  if (one instanceof Uint8Array || other instanceof Uint8Array) {
    spend(lengthOf(one))
    return false
  }
  spend(1)
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false
    spend(one.length)
    return one.every((item, index) => compare(item, other[index]))
  }
  return compareMaps(one, other)
}

function compareMaps(one: object, other: object): boolean {
  const keys = Object.keys(one)
  spend((keys.length + sizeOf(other)) * KEY_STEPS)
  return keys.every((key) => compare(valueAt(one, key), valueAt(other, key)))
}

function valueAt(map: object, key: string): unknown {
  return Object.hasOwn(map, key) ? (map as Record<string, unknown>)[key] : undefined
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** Number of keys of a map; 0 of anything else. */
function sizeOf(value: unknown): number {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMap ? Object.keys(value).length : 0
}

/** Length of a text, list or bytes; 0 of anything else. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return value instanceof Uint8Array ? value.length : 0
}
