import { describe, expect, it } from 'vitest'
import { requestOf } from '../../../core/matching/event-request.ts'
import { readStoredEvent } from '../../../core/matching/stored-event.ts'

describe('requestOf', () => {
  it('has query and body as fields of its own, as conditions and copies need them', () => {
    const request = requestOf(record(Buffer.from('{}')))
    const fields = { method: 'POST', path: '/hook', headers: {}, client: null }
    const whole = { ...fields, query: { a: '1' }, body: '{}' }
    expect({ ...request }).toEqual(whole)
    expect(JSON.parse(JSON.stringify(request))).toEqual(whole)
    expect(Object.hasOwn(request, 'body')).toBe(true)
  })
})

describe('readStoredEvent', () => {
  it('has the payload as a field of its own, before the request', () => {
    const stored = { id: 'evt_1', source: 'shop', type: 'sold', senderId: null }
    const rest = { deliveryId: 'dlv_1', receivedAt: 0, facts: {}, payload: '{"a":1}' }
    const request = requestOf(record(Buffer.from('')))
    const { event } = readStoredEvent({ ...stored, ...rest }, request)
    expect(Object.keys(event).slice(-3)).toEqual(['facts', 'payload', 'request'])
    expect({ ...event }.payload).toEqual({ a: 1 })
    expect(event.payload).toBe(event.payload)
  })
})

function record(body: Uint8Array) {
  return { method: 'POST', path: '/hook?a=1&a=2', headers: {}, client: null, body }
}
