import { expect, it } from 'vitest'
import { contentIds, partId, partsOf } from '../../../../core/sdk/events/batch.ts'

it.each([
  [{ a: 1 }, 'list'],
  [{ list: [] }, 'list'],
  [{ list: [1] }, 'list'],
  [{ list: { 0: 1, 1: 2 } }, 'list'],
  [{ push: null }, 'push.list'],
  [{ push: { list: [1] } }, 'push.list'],
])('a body with at most one change is its only part: %j', (body, path) => {
  const [part, ...others] = partsOf(body, path)
  expect(part).toBe(body)
  expect(others).toEqual([])
})

it('a part holds one change, and what belongs to all of them', () => {
  const body = { by: 'ada', push: { force: true, list: [1, 2] }, list: [3, 4] }
  expect(partsOf(body, 'push.list')).toEqual([
    { by: 'ada', push: { force: true, list: [1] }, list: [3, 4] },
    { by: 'ada', push: { force: true, list: [2] }, list: [3, 4] },
  ])
})

it.each([
  ['id', 0, 1, 'id'],
  ['id', 1, 2, 'id:1'],
  [undefined, 0, 1, null],
  [undefined, 1, 2, null],
])('the id of a part: %s, number %i of %i', (id, index, length, expected) => {
  expect(partId(id, index, Array.from({ length }))).toBe(expected)
})

it('ids of contents are the same for the same content, and count equal ones', () => {
  const [first, second, again] = contentIds([{ a: 1 }, { a: 2n }, { a: 1 }])
  expect(contentIds([{ a: 2n }])).toEqual([second])
  expect(again).toBe(`${first}:1`)
})
