import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import { claimOne, makeDelivery, makeEntry, makeEvent, makeSettlement } from './make-entry.ts'

/** Events that arrive more than once. */
export const duplicateCases: readonly StoreCase[] = [
  {
    title:
      'answers a duplicate with the first delivery, its event and the present state of its tasks',
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
    title: 'tells events apart by source, and never takes an event without an id for a duplicate',
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
    title: 'takes the second event of one delivery with the same id for a duplicate of the first',
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
