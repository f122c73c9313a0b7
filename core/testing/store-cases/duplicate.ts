import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import { claimOne, makeDelivery, makeEntry, makeEvent, makeSettlement } from './make-entry.ts'

/** Events that arrive more than once. */
export const duplicateCases: readonly StoreCase[] = [
  {
    title:
      'answers a duplicate with the first delivery, its event and the current state of its tasks',
    async check({ store }) {
      const first = makeEntry({ senderId: 'one' })
      const again = makeEntry({ senderId: 'one' })
      const receipt = await store.accept(first)
      const { lease } = await claimOne(store)
      await store.settle(lease, makeSettlement())

      const repeated = await store.accept(again)
      assert.equal(repeated.deliveryId, first.delivery.id)
      assert.equal(repeated.duplicate, true)
      const [event] = receipt.events
      assert.deepEqual(repeated.events, [
        {
          id: event?.id,
          duplicate: true,
          tasks: event?.tasks.map((task) => ({ ...task, state: 'succeeded' })),
        },
      ])
      assert.equal(await store.task(again.events[0]?.tasks[0]?.id ?? ''), null)
    },
  },
  {
    title: 'keeps a duplicate delivery without its body, with the first one’s id',
    async check({ store }) {
      const first = makeEntry({ senderId: 'one' })
      const again = makeEntry({ senderId: 'one' })
      await store.accept(first)
      await store.accept(again)
      const stored = await store.delivery(again.delivery.id)
      assert.equal(stored?.outcome, 'duplicate')
      assert.equal(stored?.originalId, first.delivery.id)
      assert.equal(stored?.body.byteLength, 0)
      assert.deepEqual(await store.events(again.delivery.id), [])
    },
  },
  {
    title: 'lets one of many concurrent deliveries of one event win',
    async check({ store }) {
      const entries = Array.from({ length: 40 }, () => makeEntry({ senderId: 'one' }))
      const receipts = await Promise.all(entries.map((entry) => store.accept(entry)))
      assert.equal(receipts.filter(({ duplicate }) => !duplicate).length, 1)
      assert.equal(new Set(receipts.map(({ deliveryId }) => deliveryId)).size, 1)
      assert.equal(new Set(receipts.map(({ events }) => events[0]?.id)).size, 1)
      assert.equal((await store.countTasks()).waiting, 1)
    },
  },
  {
    title: 'distinguishes events by source, and never treats an event without an id as a duplicate',
    async check({ store }) {
      const receipts = [
        await store.accept(makeEntry({ senderId: 'one' }, { source: 'github' })),
        await store.accept(makeEntry({ senderId: 'one' }, { source: 'gitlab' })),
        await store.accept(makeEntry({ senderId: null })),
        await store.accept(makeEntry({ senderId: null })),
      ]
      assert.deepEqual(
        receipts.map(({ duplicate }) => duplicate),
        [false, false, false, false],
      )
    },
  },
  {
    title: 'commits the new events of a delivery that repeats others',
    async check({ store }) {
      const first = makeEntry({ senderId: 'one' })
      await store.accept(first)
      const events = [makeEvent({ senderId: 'one' }), makeEvent({ senderId: 'two' })]
      const mixed = { delivery: makeDelivery(), events }
      const receipt = await store.accept(mixed)
      assert.equal(receipt.deliveryId, mixed.delivery.id)
      assert.equal(receipt.duplicate, false)
      assert.deepEqual(
        receipt.events.map(({ id, duplicate }) => ({ id, duplicate })),
        [
          { id: first.events[0]?.id, duplicate: true },
          { id: events[1]?.id, duplicate: false },
        ],
      )
      const stored = await store.delivery(mixed.delivery.id)
      assert.equal(stored?.outcome, 'accepted')
      assert.notEqual(stored?.body.byteLength, 0)
      assert.deepEqual(
        (await store.events(mixed.delivery.id)).map(({ senderId }) => senderId),
        ['two'],
      )
      assert.equal((await store.countTasks()).waiting, 2)
    },
  },
  {
    title: 'treats the second event of a delivery with the same id as a duplicate of the first',
    async check({ store }) {
      const events = [makeEvent({ senderId: 'one' }), makeEvent({ senderId: 'one' })]
      const receipt = await store.accept({ delivery: makeDelivery(), events })
      assert.equal(receipt.duplicate, false)
      assert.deepEqual(
        receipt.events.map(({ id, duplicate }) => ({ id, duplicate })),
        [
          { id: events[0]?.id, duplicate: false },
          { id: events[0]?.id, duplicate: true },
        ],
      )
      assert.equal(receipt.events[1]?.tasks[0]?.id, events[0]?.tasks[0]?.id)
      assert.equal((await store.countTasks()).waiting, 1)
    },
  },
  {
    title: 'keeps how a delivery was recovered, also one that turned out to be a duplicate',
    async check({ store, reopen }) {
      const entries = [
        makeEntry({ senderId: 'one' }, { recovered: 'verified' }),
        makeEntry({ senderId: 'two' }, { recovered: 'fetched' }),
        makeEntry({ senderId: 'one' }, { recovered: 'fetched' }),
        makeEntry({ senderId: 'three' }),
      ]
      for (const entry of entries) await store.accept(entry)
      const again = await reopen()
      const stored = await Promise.all(entries.map(({ delivery }) => again.delivery(delivery.id)))
      const shown = stored.map((delivery) => [delivery?.outcome, delivery?.recovered ?? null])
      assert.deepEqual(shown, [
        ['accepted', 'verified'],
        ['accepted', 'fetched'],
        ['duplicate', 'fetched'],
        ['accepted', null],
      ])
      const { items } = await again.deliveries({ limit: 10 })
      assert.deepEqual(
        items.map(({ recovered }) => recovered ?? null),
        [null, 'fetched', 'fetched', 'verified'],
      )
    },
  },
  {
    title: 'tells which ids of a sender are known, of one source only',
    async check({ store }) {
      const long = 'x'.repeat(5000)
      await store.accept(makeEntry({ senderId: 'one' }, { source: 'github' }))
      await store.accept(makeEntry({ senderId: long }, { source: 'github' }))
      await store.accept(makeEntry({ senderId: 'two' }, { source: 'gitlab' }))
      await store.refuse(makeDelivery({ outcome: 'refused', reason: 'no' }))
      const asked = ['two', 'one', long, 'three', '\0']
      assert.deepEqual(await store.knownSenderIds('github', asked), ['one', long])
      assert.deepEqual(await store.knownSenderIds('gitlab', asked), ['two'])
      assert.deepEqual(await store.knownSenderIds('none', asked), [])
      assert.deepEqual(await store.knownSenderIds('github', []), [])
    },
  },
  {
    title: 'knows a duplicate after it is opened again',
    async check({ store, reopen }) {
      const first = makeEntry({ senderId: 'one' })
      await store.accept(first)
      const again = await reopen()
      const receipt = await again.accept(makeEntry({ senderId: 'one' }))
      assert.equal(receipt.duplicate, true)
      assert.equal(receipt.deliveryId, first.delivery.id)
    },
  },
]
