import { hash } from 'node:crypto'
import { makeContext, makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { secrets } from '../../../core/kit/secret.ts'
import { defineSource } from '../../../core/sdk/define-source.ts'
import type { EventTable } from '../../../core/sdk/events/event-table.ts'

const events: EventTable = {
  '*': {
    description: 'Every event.',
    facts: {
      sender: ['string', 'Who', 'user.name', 'user_name'],
      webhook: ['string', 'Which webhook', { header: 'X-Hook' }],
      size: ['number', 'How many', ({ items }) => (Array.isArray(items) ? items.length : null)],
    },
  },
  issue: { description: 'An issue.', facts: { title: ['string', 'Its title', 'issue.title'] } },
  ping: 'A test.',
}
const described = {
  name: 'forge',
  summary: 'A forge.',
  options: z.object({ secret: secrets() }),
  events,
} as const
const signature = { header: 'X-Sig', algorithm: 'sha256', encoding: 'hex' } as const
const open = () => ({ verify: () => ({ ok: true }) as const })

const optionsOf = { secret: ['a secret'] }
const json = (body: object, headers: Record<string, string> = {}) =>
  makeDelivery({
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

describe('a declared source', () => {
  const forge = defineSource({
    ...described,
    signature,
    type: [{ header: 'X-Event' }, 'type'],
    action: 'action',
    id: 'id',
    headers: ({ event }) => ({ 'x-full-event': event }),
  })
  const source = forge.definition.create(optionsOf, makeContext())

  it('documents its events from the same table', () => {
    expect(forge.definition.events['issue']).toEqual({
      description: 'An issue.',
      facts: { title: { type: 'string', description: 'Its title' } },
    })
    expect(forge.definition.events['ping']).toEqual({ description: 'A test.', facts: {} })
    expect(Object.keys(forge.definition.events['*']?.facts ?? {})).toEqual([
      'sender',
      'webhook',
      'size',
    ])
  })

  it('reads type, id and the facts of the event and of those above it', () => {
    const body = { type: 'issue', action: 'opened', id: 7, issue: { title: 'It broke' } }
    const sent = { ...body, user: { name: null }, user_name: 'mona', items: [1, 2] }
    expect(source.parse(json(sent, { 'X-Hook': '12' }))).toEqual([
      {
        type: 'issue.opened',
        id: '7',
        facts: { sender: 'mona', webhook: '12', size: 2, title: 'It broke' },
        payload: sent,
      },
    ])
  })

  it('takes the first location that has a value', () => {
    expect(source.parse(json({ type: 'issue' }, { 'X-Event': 'ping' }))).toMatchObject([
      { type: 'ping', id: null, facts: { sender: null, webhook: null, size: null } },
    ])
  })

  it('refuses an event without a valid type, and names where it should be', () => {
    expect(() => source.parse(json({}))).toThrow('Header X-Event is missing.')
    expect(() => source.parse(json({ type: 'ä' }))).toThrow('is not the name of an event')
  })

  it('writes the headers that its sender adds', () => {
    const draft = {
      event: 'issue.opened',
      id: '7',
      body: Buffer.from(''),
      url: '',
      sentAt: new Date(),
    }
    expect(source.sign?.(draft)).toMatchObject({
      'x-event': 'issue',
      'x-full-event': 'issue.opened',
      'x-sig': expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })
})

describe('a source with code of its own', () => {
  const make = (parts: Partial<Parameters<typeof defineSource>[0]>) =>
    defineSource({
      ...described,
      signature: open,
      type: 'type',
      ...parts,
    } as never).definition.create(optionsOf, makeContext())

  it('leaves the rest of each event to the declaration', async () => {
    const source = make({
      id: { hash: 'body' },
      parse: (delivery) => [
        { payload: { type: 'ping' } },
        { payload: 'text', type: 'issue', action: 'closed', id: null, from: { user_name: 'mona' } },
        { payload: {}, type: 'ping', id: 3, facts: { other: true } },
        { payload: [delivery.json()], type: 'issue', action: 'kein wört' },
      ],
    })
    const body = { a: 1 }
    const id = `sha256:${hash('sha256', JSON.stringify(body))}`
    expect(await source.parse(json(body))).toMatchObject([
      { type: 'ping', id },
      { type: 'issue.closed', id: null, payload: 'text', facts: { sender: 'mona', title: null } },
      { type: 'ping', id: '3', facts: { other: true } },
      { type: 'issue', id, payload: [body] },
    ])
  })

  it('may wait for its events', async () => {
    const source = make({ parse: async () => [{ payload: { type: 'ping' } }] })
    expect(await source.parse(json({}))).toMatchObject([{ type: 'ping' }])
  })

  it('makes shared parts once, in place of the declared ones', async () => {
    const source = make({
      answer: () => ({ status: 200 }),
      acknowledge: () => ({ status: 204 }),
      create: () => ({
        verify: () => ({ ok: false, reason: 'own' }),
        answer: () => ({ status: 201 }),
      }),
    })
    expect(await source.verify(json({}))).toEqual({ ok: false, reason: 'own' })
    expect(await source.answer?.(json({}))).toEqual({ status: 201 })
    expect(await source.acknowledge?.(json({}))).toEqual({ status: 204 })
    expect(source.sign).toBeUndefined()
  })

  it('is never taken without a proof', () => {
    expect(() => make({ signature: undefined } as never)).toThrow('deliveries must be verified')
    const noSecret = z.object({ token: secrets() })
    // @ts-expect-error: the data form needs the option `secret`
    const broken = defineSource({ ...described, options: noSecret, signature, type: 'type' })
    expect(() => broken.definition.create({ token: ['a'] }, makeContext())).toThrow(
      'A secret is needed.',
    )
  })
})
