import { equals } from '../equality.ts'
import { define } from '../functions.ts'
import { spend } from '../steps.ts'

type List = readonly unknown[]

function has(list: List, item: unknown): boolean {
  spend(1 + list.length)
  return list.some((one) => equals(one, item))
}

const contains = (list: List, other: List) => other.every((item) => has(list, item))
const intersects = (list: List, other: List) => other.some((item) => has(list, item))

/** https://github.com/google/cel-go/tree/master/ext#sets */
export const SET_FUNCTIONS = [
  define(
    'sets.contains(list<T>, list<T>): bool',
    ["sets.contains(['bug', 'docs'], ['bug'])", 'true'],
    contains,
  ),
  define(
    'sets.equivalent(list<T>, list<T>): bool',
    ['sets.equivalent([1, 2], [2, 1, 1])', 'true'],
    (list: List, other: List) => contains(list, other) && contains(other, list),
  ),
  define(
    'sets.intersects(list<T>, list<T>): bool',
    ["sets.intersects(['bug', 'docs'], ['docs', 'ui'])", 'true'],
    intersects,
  ),
]
