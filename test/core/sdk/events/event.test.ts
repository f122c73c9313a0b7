import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../../core/kit/json.ts'
import { type FactTable, factsReader } from '../../../../core/sdk/events/event-table.ts'
import { eventTypeOf, isEventType, withAction } from '../../../../core/sdk/events/event-type.ts'
import { valueAt } from '../../../../core/sdk/events/path.ts'
import type { JsonObject } from '../../../../core/sdk/events/payload.ts'

describe('reading payloads', () => {
  it.each([
    [{ a: { b: [{ c: 1 }] } }, 'a.b.0.c', 1],
    [{ a: null }, 'a.b', undefined],
    [{ a: 'text' }, 'a.length', undefined],
    [{}, 'constructor.name', undefined],
    [[], 'map', undefined],
    [null, 'a', undefined],
    [{ a: { b: null } }, 'a.b', null],
  ])('finds in %j at %s: %j', (root, path, value) => expect(valueAt(root, path)).toBe(value))

  it('gives every documented fact its type, or null', () => {
    const facts: FactTable = {
      a: ['string', 'A', 'a'],
      b: ['number', 'B', 'b.c'],
      c: ['boolean', 'C', () => true],
    }
    const read = factsReader({ '*': { description: 'Every event.', facts } })
    expect(read('push', { a: 'x', b: { c: 2 } }, {})).toEqual({ a: 'x', b: 2, c: true })
    expect(read('push', { a: true, b: [] }, {})).toEqual({ a: null, b: null, c: true })
    expect(read('push', { a: 1, b: { c: '2' } }, {})).toEqual({ a: '1', b: null, c: true })
    expect(read('push', null as never, {})).toEqual({ a: null, b: null, c: true })
  })

  it('keeps every digit of a number, as a number and as text', () => {
    const facts: FactTable = { text: ['string', 'A', 'id'], number: ['number', 'B', 'id'] }
    const read = factsReader({ '*': { description: 'Every event.', facts } })
    const payload = parseJson('{"id":12345678901234567891}') as JsonObject
    expect(read('push', payload, {})).toEqual({
      text: '12345678901234567891',
      number: 12345678901234567891n,
    })
  })

  it.each([
    ['push', true],
    ['pull_request.opened', true],
    ['com.example/a:b-c', true],
    ['', false],
    ['.a', false],
    ['a.', false],
    ['a..b', false],
    ['a b', false],
    ['*', false],
    ['ä', false],
    ['a\n', false],
    ['x'.repeat(201), false],
  ])('takes %j for an event type: %s', (text, is) => expect(isEventType(text)).toBe(is))

  it.each<[unknown, string | null]>([
    ['Order Completed', 'Order_Completed'],
    [' order.paid! ', 'order.paid'],
    ['a..b c', 'a.b_c'],
    ['(x) & y', 'x_y'],
    ['_a_', '_a_'],
    ['build & deploy.prod', 'build_deploy.prod'],
    ['', null],
    ['*', null],
    ['. .', null],
    ['über', null],
    ['订单 A', null],
    [`${'x'.repeat(200)} y`, null],
    [7, null],
    [undefined, null],
  ])('the type that %j means is %j', (value, type) => {
    expect(eventTypeOf(value)).toBe(type)
    if (type !== null) expect(isEventType(type)).toBe(true)
  })

  it('adds an action only where it can be part of a type', () => {
    expect(withAction('a', 'b')).toBe('a.b')
    expect(withAction('a', 'b c')).toBe('a.b_c')
    expect(withAction('a', 'ä')).toBe('a')
    expect(withAction('a'.repeat(199), 'b')).toBe('a'.repeat(199))
    expect(withAction('a', undefined)).toBe('a')
  })
})
