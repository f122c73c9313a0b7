import { compare, equals, isNumeric } from '../equality.ts'
import { fail } from '../errors.ts'
import { define } from '../functions.ts'
import { keysOf } from '../maps.ts'
import { spend } from '../steps.ts'
import { type AnyMap, kindOf, Optional } from '../values.ts'

type List = readonly unknown[]

const listSize = (list: List) => BigInt(list.length)
const mapSize = (map: AnyMap) => BigInt(keysOf(map).length)
const listCost = (list: List) => list.length

function range(count: bigint): readonly bigint[] {
  const length = Number(count < 0n ? 0n : count)
  spend(length)
  return Array.from({ length }, (_, index) => BigInt(index))
}

function slice(list: List, from: bigint, to: bigint): List {
  if (from < 0n || to < from || to > list.length) {
    fail('invalid_range', 'invalid range')
  }
  spend(Number(to - from))
  return list.slice(Number(from), Number(to))
}

function flatten(list: List, depth = 1n): List {
  if (depth < 0n) fail('invalid_range', 'the depth is less than 0')
  const flat: unknown[] = []
  const add = (items: List, left: bigint) => {
    spend(items.length)
    for (const item of items) {
      if (Array.isArray(item) && left > 0n) add(item, left - 1n)
      else flat.push(item)
    }
  }
  add(list, depth)
  return flat
}

function sort(list: List): List {
  spend(list.length * Math.log2(list.length + 1))
  const [first] = list
  const isOfOneKind = list.every((item) =>
    isNumeric(first) ? isNumeric(item) : kindOf(item) === kindOf(first),
  )
  if (!isOfOneKind) fail('no_such_overload', 'sort takes a list of values of one type')
  return list.toSorted(compare)
}

function distinct(list: List): List {
  const found: unknown[] = []
  const simple = new Set<unknown>()
  for (const item of list) {
    if (typeof item === 'string') {
      spend(1 + item.length / 64)
      if (!simple.has(item)) found.push(item)
      simple.add(item)
      continue
    }
    spend(1 + found.length)
    if (!found.some((one) => equals(one, item))) found.push(item)
  }
  return found
}

/** https://github.com/google/cel-go/tree/master/ext#lists */
export const LIST_FUNCTIONS = [
  define('size(list<T>): int', ['size([1, 2, 3])', '3'], listSize),
  define('list<T>.size(): int', ['[1, 2, 3].size()', '3'], listSize),
  define('size(map<K, V>): int', ["size({'a': 1})", '1'], mapSize),
  define('map<K, V>.size(): int', ["{'a': 1}.size()", '1'], mapSize),
  define('lists.range(int): list<int>', ['lists.range(3)', '[0, 1, 2]'], range),
  define('list<T>.slice(int, int): list<T>', ['[1, 2, 3, 4].slice(1, 3)', '[2, 3]'], slice),
  define('list<dyn>.flatten(): list<dyn>', ['[1, [2, [3]]].flatten()', '[1, 2, [3]]'], flatten),
  define('list<dyn>.flatten(int): list<dyn>', ['[1, [2, [3]]].flatten(2)', '[1, 2, 3]'], flatten),
  define('list<T>.sort(): list<T>', ['[3, 1, 2].sort()', '[1, 2, 3]'], sort),
  define('list<T>.distinct(): list<T>', ['[1, 2, 1].distinct()', '[1, 2]'], distinct),
  define(
    'list<T>.reverse(): list<T>',
    ['[1, 2, 3].reverse()', '[3, 2, 1]'],
    (list: List) => list.toReversed(),
    listCost,
  ),
  define('list<T>.first(): optional<T>', ['[1, 2].first().orValue(0)', '1'], (list: List) =>
    Optional.of(list[0]),
  ),
  define('list<T>.last(): optional<T>', ['[1, 2].last().orValue(0)', '2'], (list: List) =>
    Optional.of(list.at(-1)),
  ),
]
