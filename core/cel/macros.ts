import type { BindNode, CallNode, CelNode, LoopMacro } from './ast.ts'
import { CelError } from './errors.ts'

/** The macros, as the documentation shows them, each with an expression and its value. */
export const MACROS: readonly (readonly [signature: string, expression: string, value: string])[] =
  [
    ['has(e.field): bool', "has({'a': 1}.a)", 'true'],
    ['list.all(x, condition): bool', '[1, 2].all(x, x > 0)', 'true'],
    ['list.all(index, x, condition): bool', '[1, 2].all(i, x, x > i)', 'true'],
    ['list.exists(x, condition): bool', '[1, 2].exists(x, x > 1)', 'true'],
    [
      'map.exists(key, value, condition): bool',
      "{'a': 1}.exists(k, v, k == 'a' && v == 1)",
      'true',
    ],
    ['list.existsOne(x, condition): bool', '[1, 2].existsOne(x, x > 1)', 'true'],
    ['list.existsOne(index, x, condition): bool', '[1, 2].existsOne(i, x, x == i)', 'false'],
    ['list.exists_one(x, condition): bool', '[1, 2].exists_one(x, x > 1)', 'true'],
    ['list.filter(x, condition): list', '[1, 2, 3].filter(x, x > 1)', '[2, 3]'],
    ['list.map(x, value): list', '[1, 2].map(x, x * 2)', '[2, 4]'],
    ['list.map(x, condition, value): list', '[1, 2].map(x, x > 1, x * 2)', '[4]'],
    ['list.sortBy(x, key): list', "['bb', 'a'].sortBy(x, size(x))", "['a', 'bb']"],
    ['list.transformList(index, x, value): list', '[1, 2].transformList(i, x, x * i)', '[0, 2]'],
    [
      'map.transformList(key, value, condition, value): list',
      "{'a': 1}.transformList(k, v, v > 0, k)",
      "['a']",
    ],
    ['map.transformMap(key, value, value): map', "{'a': 1}.transformMap(k, v, v + 1)", "{'a': 2}"],
    [
      'map.transformMap(key, value, condition, value): map',
      "{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v)",
      "{'b': 2}",
    ],
    [
      'map.transformMapEntry(key, value, map): map',
      "{'a': 'b'}.transformMapEntry(k, v, {v: k})",
      "{'b': 'a'}",
    ],
    ['optional.optMap(x, value): optional', "{'a': 1}.?a.optMap(x, x + 1).orValue(0)", '2'],
    [
      'optional.optFlatMap(x, optional): optional',
      "{'a': {'b': 1}}.?a.optFlatMap(x, x.?b).orValue(0)",
      '1',
    ],
    ['cel.bind(x, value, result): result', 'cel.bind(x, 2, x * x)', '4'],
  ]

/** A macro that iterates, by its name and the number of its arguments. */
const LOOPS: Readonly<Record<string, LoopMacro>> = {
  'all 2': 'all',
  'all 3': 'all',
  'exists 2': 'exists',
  'exists 3': 'exists',
  'exists_one 2': 'existsOne',
  'exists_one 3': 'existsOne',
  'existsOne 2': 'existsOne',
  'existsOne 3': 'existsOne',
  'filter 2': 'filter',
  'map 2': 'map',
  'map 3': 'map',
  'sortBy 2': 'sortBy',
  'transformList 3': 'transformList',
  'transformList 4': 'transformList',
  'transformMap 3': 'transformMap',
  'transformMap 4': 'transformMap',
  'transformMapEntry 3': 'transformMapEntry',
  'transformMapEntry 4': 'transformMapEntry',
}
const WITH_TWO_VARIABLES = new Set<LoopMacro>(['all', 'exists', 'existsOne'])

const METHODS = new Set([
  ...Object.keys(LOOPS).map((key) => key.split(' ')[0]),
  'optMap',
  'optFlatMap',
])

/** Whether a macro that is called on a value has a name. */
export function isMacro(name: string): boolean {
  return METHODS.has(name)
}

/** The node that a call stands for: itself, unless it is a macro. Throws if a macro cannot take its arguments. */
export function expandMacro(call: CallNode): CelNode {
  const { name, target, args, start, end } = call
  const [first, second, third] = args
  if (name === 'has' && target === null && first !== undefined && args.length === 1) {
    if (first.kind === 'select') return { ...first, kind: 'has', start, end }
    throw invalid(first, '`has` takes a field, as in `has(payload.size)`')
  }
  if (name === 'cel.bind' && third !== undefined && args.length === 3) {
    const [, value] = args as [CelNode, CelNode, CelNode]
    return { ...bindNode(call, 'bind'), value, body: third }
  }
  if (target === null || second === undefined) return call
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    return { ...bindNode(call, name), value: target, body: second }
  }
  const macro = LOOPS[`${name} ${args.length}`]
  return macro === undefined ? call : loopNode(call, macro, target)
}

function bindNode(call: CallNode, macro: BindNode['macro']) {
  const { args, start, end } = call
  const name = variableOf(args[0] as CelNode, call)
  return { kind: 'bind', macro, name, start, end } as const
}

function loopNode(call: CallNode, macro: LoopMacro, over: CelNode): CelNode {
  const { args, start, end } = call
  const isPair = macro.startsWith('transform') || (WITH_TWO_VARIABLES.has(macro) && args.length > 2)
  const names = args.slice(0, isPair ? 2 : 1)
  const rest = args.slice(names.length)
  const variables = names.map((node) => variableOf(node, call))
  if (new Set(variables).size < variables.length) throw invalid(call, 'its variables have one name')
  const body = rest.at(-1) as CelNode
  const filter = rest.length > 1 ? (rest[0] as CelNode) : null
  return { kind: 'loop', macro, over, variables, filter, body, start, end }
}

function variableOf(node: CelNode, { name }: CallNode): string {
  if (node.kind === 'name') return node.name
  throw invalid(node, `\`${name}\` takes a name of its own for each item`)
}

function invalid({ start, end }: CelNode, why: string): CelError {
  return new CelError('invalid_macro_argument', why, { start, end })
}
