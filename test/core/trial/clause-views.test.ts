import { describe, expect, it } from 'vitest'
import { compileExplained } from '../../../core/conditions/explanation.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'
import { ClauseViews } from '../../../core/trial/clause-views.ts'

const SECRET = 'a-secret-of-this-test'

function shown(payload: unknown) {
  const redactor = new Redactor()
  redactor.add([SECRET, 'p'.repeat(1700)])
  redactor.setPatterns(['4[0-9]{3}-[0-9]{4}'])
  const event = {
    ...{ id: 'evt_1', source: 'a', type: 'b', senderId: null, deliveryId: 'dlv_1' },
    ...{ receivedAt: new Date(0), facts: { who: 'mona' }, payload },
  }
  const { clause } = compileExplained('payload.x == null', { facts: null })(event)
  return new ClauseViews({ redactor, showsPayload: true }).view(clause).values
}

const viewOf = (x: unknown) => shown({ x })[0]

describe('the view of a value', () => {
  it.each([
    ['string', 'text', '"text"'],
    ['number', 12, '12'],
    ['number', 12345678901234567890n, '12345678901234567890'],
    ['bool', true, 'true'],
    ['null', null, 'null'],
    ['list', [1, { a: 'b' }, []], '[1,{"a":"b"},[]]'],
    ['map', { a: { b: null } }, '{"a":{"b":null}}'],
    ['missing', undefined, null],
  ])('of type %s has its JSON', (type, value, text) => {
    expect(viewOf(value)).toEqual({ name: 'payload.x', type, value: text })
  })

  it('is cut, however large the value is', () => {
    for (const large of ['x'.repeat(5_000_000), Array.from({ length: 1_000_000 }, () => 'x')]) {
      expect(viewOf(large)?.value).toHaveLength(201)
    }
    let deep: unknown = 1
    for (let level = 0; level < 90; level++) deep = { deep }
    expect(viewOf(deep)?.value).toHaveLength(201)
  })

  it('holds no secret and nothing that a pattern redacts', () => {
    expect(viewOf({ key: SECRET, card: '4111-1111' })?.value).toBe(
      '{"key":"[redacted]","card":"[redacted]"}',
    )
    const base64 = Buffer.from(SECRET).toString('base64')
    expect(viewOf(`a ${base64} b`)?.value).toBe('"a [redacted] b"')
  })

  it('holds no part of a secret either, where the value is cut', () => {
    for (let before = 0; before < 8000; before += 97) {
      const text = viewOf(`${'p'.repeat(1700)}${'-'.repeat(before)}${SECRET}${'x'.repeat(9000)}`)
      expect(text?.value).not.toContain('a-secret')
    }
    const many = viewOf(Array.from({ length: 100 }, () => 'p'.repeat(1700)))?.value
    expect(many).not.toContain('pp')
  })

  it('hides a payload, and no fact', () => {
    const text = "who == 'x' || payload.x == 1 || event.type == 'x' || payload == null"
    const redactor = new Redactor()
    const event = {
      ...{ id: 'evt_1', source: 'a', type: 'b', senderId: null, deliveryId: 'dlv_1' },
      ...{ receivedAt: new Date(0), facts: { who: 'mona' }, payload: { x: 'hidden-text' } },
    }
    const { clause } = compileExplained(text, { facts: null })(event)
    const view = new ClauseViews({ redactor, showsPayload: false }).view(clause)
    expect(view.clauses.map(({ values }) => values[0])).toEqual([
      { name: 'who', type: 'string', value: '"mona"' },
      { name: 'payload.x', type: 'hidden', value: null },
      { name: 'event.type', type: 'string', value: '"b"' },
      { name: 'payload', type: 'hidden', value: null },
    ])
    expect(JSON.stringify(view)).not.toContain('hidden-text')
  })
})
