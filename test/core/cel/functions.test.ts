import { describe, expect, it } from 'vitest'
import { checkTypes } from '../../../core/cel/checker.ts'
import { compileCel } from '../../../core/cel/compile.ts'
import { LIBRARY } from '../../../core/cel/library.ts'
import { MACROS } from '../../../core/cel/macros.ts'
import { parseCel } from '../../../core/cel/parser.ts'
import { typeName } from '../../../core/cel/types.ts'
import { withinSteps } from '../../../core/conditions/steps.ts'
import { SYNTAX } from '../../reference/conditions-page.ts'

function evaluate(text: string): unknown {
  return withinSteps('test', undefined, () => compileCel(parseCel(text))({}))
}

const typeOf = (text: string) => typeName(checkTypes(parseCel(text), () => null))
/** The text may end with a comment. */
const isEqual = (text: string, value: string) => `(${text}\n) == (${value})`
const functions = Object.values(LIBRARY).flat()

describe('the example of the documentation', () => {
  it.each(functions)('for $signature', ({ signature, example: [text, value] }) => {
    expect(evaluate(`(${text}) == (${value}) && type(${text}) == type(${value})`)).toBe(true)
    expect(typeOf(isEqual(text, value))).toBe('bool')
    expect(text).toContain(/(?:^|\.)(\w+)\(/.exec(signature)?.[1])
  })

  it.each([...SYNTAX, ...MACROS])('for %s', (_signature, text, value) => {
    expect(evaluate(isEqual(text, value))).toBe(true)
    expect(typeOf(isEqual(text, value))).toBe('bool')
  })
})

// The specification has no tests of these. https://github.com/google/cel-go/tree/master/ext
describe('lists and sets', () => {
  it.each([
    'lists.range(0) == [] && lists.range(-1) == []',
    '[1, 2, 3].slice(0, 0) == [] && [1, 2, 3].slice(3, 3) == []',
    '[].flatten() == [] && [[], [[]], [[1]]].flatten() == [[], [1]]',
    '[[1, [2, [3, [4]]]]].flatten(3) == [1, 2, 3, [4]] && [[1]].flatten(0) == [[1]]',
    "['b', 'a', 'é'].sort() == ['a', 'b', 'é'] && [].sort() == []",
    '[3, 1.5, 2u].sort() == [1.5, 2, 3] && [true, false].sort() == [false, true]',
    '[timestamp(2), timestamp(1)].sort()[0] == timestamp(1)',
    "[{'n': 'b', 'at': 2}, {'n': 'a', 'at': 1}].sortBy(e, e.at).map(e, e.n) == ['a', 'b']",
    "['c', 'b'].sortBy(e, 1) == ['c', 'b']",
    "[1, 1.0, 1u, '1', '1', [1], [1.0], {'a': 1}, {'a': 1}].distinct() == [1, '1', [1], {'a': 1}]",
    '[].reverse() == [] && [[1], [2]].reverse() == [[2], [1]]',
    '!([].first().hasValue() || [].last().hasValue())',
    'sets.contains([], []) && sets.contains([1], []) && !sets.contains([], [1])',
    'sets.contains([1, 2, 3, 4], [2.0, 3u]) && !sets.contains([1], [1, 2])',
    'sets.equivalent([], []) && sets.equivalent([1], [1, 1]) && sets.equivalent([[1]], [[dyn(1.0)]])',
    '!sets.equivalent([1, 2], [1]) && !sets.intersects([], []) && sets.intersects([[1], [2]], [[2]])',
  ])('%s', (text) => {
    expect(evaluate(text)).toBe(true)
    expect(typeOf(text)).toBe('bool')
  })

  it.each([
    ['[1, 2].slice(1, 3)', 'invalid range'],
    ['[1, 2].slice(-1, 1)', 'invalid range'],
    ['[1, 2].slice(2, 1)', 'invalid range'],
    ['[1].flatten(-1)', 'depth'],
    ["[1, 'a'].sort()", 'of one type'],
    ['[[1], [2]].sort()', 'no order'],
    ["[1, 2].sortBy(e, e == 1 ? dyn(1) : dyn('a'))", 'no order'],
  ])('%s is an error', (text, message) => {
    expect(() => evaluate(text)).toThrow(message)
  })
})
