import assert from 'node:assert/strict'
import type { AcceptEntry, StoreInstance } from '../../contracts/store.ts'
import { isHooklineError } from '../../errors/errors.ts'
import type { StoreCase } from './adapter.ts'
import { claimOne, makeDelivery, makeEntry, makeEvent } from './make-entry.ts'

const LARGE_BYTES = 5 * 1024 * 1024

/** Content comes back as it was sent. */
export const contentCases: readonly StoreCase[] = [
  {
    title: 'returns the given payload, or the body if none was given',
    async check({ store }) {
      const body = Buffer.from('{"commits": [1, 2]}')
      const events = [
        makeEvent({ type: 'whole', payload: null }),
        makeEvent({ type: 'part', payload: '{"commit":2}' }),
      ]
      const delivery = makeDelivery({ body })
      await store.accept({ delivery, events })
      const stored = await store.events(delivery.id)
      assert.deepEqual(
        stored.map(({ type, payload }) => ({ type, payload })),
        [
          { type: 'whole', payload: '{"commits": [1, 2]}' },
          { type: 'part', payload: '{"commit":2}' },
        ],
      )
    },
  },
  {
    title: 'keeps an event’s facts and decisions',
    async check({ store }) {
      const facts = {
        branch: 'main',
        size: 10.5,
        id: 12345678901234567891n,
        forced: false,
        label: null,
      }
      const decisions = [
        { rule: 'a', program: 'deploy', matched: false, because: 'condition_false' },
        {
          rule: 'b',
          program: 'deploy',
          matched: false,
          because: 'condition_error',
          error: 'no size',
        },
      ] as const
      const entry = makeEntry({ facts, decisions, senderId: 'one', type: 'push.tag' })
      await store.accept(entry)
      const [event] = await store.events(entry.delivery.id)
      assert.deepEqual(event, {
        id: entry.events[0]?.id,
        deliveryId: entry.delivery.id,
        source: 'github',
        type: 'push.tag',
        senderId: 'one',
        receivedAt: entry.delivery.receivedAt,
        facts,
        payload: '{"branch":"main"}',
        decisions,
      })
    },
  },
  {
    title: 'gives a claim its event, with numbers and spaces as they were sent',
    async check({ store }) {
      const text = '{ "big": 12345678901234567890, "decimal": 1.10, "exponent": 1E400 }'
      const entry = makeEntry({ senderId: 'one' }, { body: Buffer.from(text) })
      await store.accept(entry)
      const claimed = await claimOne(store)
      assert.deepEqual(claimed.event, {
        id: entry.events[0]?.id,
        deliveryId: entry.delivery.id,
        source: 'github',
        type: 'push',
        senderId: 'one',
        receivedAt: entry.delivery.receivedAt,
        facts: { branch: 'main' },
        payload: text,
      })
    },
  },
  {
    title: 'keeps bytes that are not text',
    async check({ store }) {
      const body = Uint8Array.from({ length: 512 }, (_, index) => index % 256)
      const delivery = makeDelivery({ body })
      await store.accept({ delivery, events: [] })
      const stored = await store.delivery(delivery.id)
      assert(Buffer.from(body).equals(stored?.body ?? new Uint8Array()))
    },
  },
  {
    title: 'keeps a body that is part of a larger buffer',
    async check({ store }) {
      const pool = Buffer.alloc(4096, 'x')
      pool.write('{"a":1}', 100)
      const first = makeDelivery({ body: pool.subarray(100, 107) })
      const second = makeDelivery({ body: pool.subarray(0, 3) })
      await Promise.all([first, second].map((delivery) => store.accept({ delivery, events: [] })))
      assert.equal(Buffer.from((await store.delivery(first.id))?.body ?? []).toString(), '{"a":1}')
      assert.equal(Buffer.from((await store.delivery(second.id))?.body ?? []).toString(), 'xxx')
    },
  },
  {
    title: 'keeps all of Unicode, and NUL characters',
    async check({ store }) {
      const text = '{"text":"ä 漢字 🚀 e\u0301 \u202e"}'
      const nul = 'before\0after'
      const entry = makeEntry(
        { senderId: `id-${text}`, facts: { branch: text, other: nul }, payload: `"${nul}"` },
        { path: '/webhooks/github?q=ä', headers: { 'x-name': text }, body: Buffer.from(text) },
      )
      await store.accept(entry)
      const [event] = await store.events(entry.delivery.id)
      assert.deepEqual(event?.facts, { branch: text, other: nul })
      assert.equal(event?.senderId, `id-${text}`)
      assert.equal(event?.payload, `"${nul}"`)
      const stored = await store.delivery(entry.delivery.id)
      assert.deepEqual(stored?.headers, { 'x-name': text })
      assert.equal(stored?.path, '/webhooks/github?q=ä')
      assert.equal(Buffer.from(stored?.body ?? []).toString(), text)
    },
  },
  {
    title: 'takes keys and ids of senders for equal that it stores alike: with lone surrogates',
    async check({ store }) {
      const texts = ['half \ud800', 'half \udfff', 'half \ufffd']
      const events = texts.map((policyKey) =>
        makeEvent({ policy: { policyKey, replaces: 'waiting' } }),
      )
      const receipt = await store.accept({ delivery: makeDelivery(), events })
      const tasks = receipt.events.map((event) => event.tasks[0])
      assert.deepEqual(
        tasks.map((task) => task?.state),
        ['cancelled', 'cancelled', 'waiting'],
      )
      for (const task of tasks) {
        assert.equal((await store.task(task?.id ?? ''))?.state, task?.state)
      }
      const repeats = texts.map((senderId) => makeEvent({ senderId }))
      const known = await store.accept({ delivery: makeDelivery(), events: repeats })
      assert.deepEqual(
        known.events.map(({ duplicate }) => duplicate),
        [false, true, true],
      )
    },
  },
  {
    title: 'keeps several bodies of 5 MB',
    async check({ store }) {
      const entries = await Promise.all(
        ['a', 'b', 'c', 'd'].map((letter) => {
          const body = Buffer.from(JSON.stringify(letter.repeat(LARGE_BYTES)))
          return acceptAgain(store, () => makeEntry({}, { body }))
        }),
      )
      for (const { delivery } of entries) {
        const stored = await store.delivery(delivery.id)
        assert(Buffer.from(delivery.body).equals(stored?.body ?? new Uint8Array()))
        const [event] = await store.events(delivery.id)
        assert.equal(event?.payload.length, LARGE_BYTES + 2)
      }
    },
  },
]

/** As a sender does: a store that cannot commit in time refuses, and is given another delivery. Returns what it took. */
async function acceptAgain(store: StoreInstance, make: () => AcceptEntry): Promise<AcceptEntry> {
  for (;;) {
    const entry = make()
    try {
      await store.accept(entry)
      return entry
    } catch (error) {
      if (!isHooklineError(error) || error.code !== 'store_unavailable') throw error
    }
  }
}
