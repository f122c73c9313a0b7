import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import { acceptTask, makeDelivery, makeEntry, makeEvent } from './make-entry.ts'

/** What `accept` and `refuse` commit. */
export const acceptCases: readonly StoreCase[] = [
  {
    title: 'commits a delivery with its event and its task',
    async check({ store, now }) {
      const entry = makeEntry({ senderId: 'one', dueAt: now() })
      const [event] = entry.events
      const [task] = event?.tasks ?? []
      assert(event && task)
      const receipt = await store.accept(entry)
      const { rule, program } = task
      assert.deepEqual(receipt, {
        deliveryId: entry.delivery.id,
        duplicate: false,
        events: [
          {
            id: event.id,
            duplicate: false,
            tasks: [{ id: task.id, rule, program, state: 'waiting' }],
          },
        ],
      })
      const stored = await store.delivery(entry.delivery.id)
      assert.deepEqual(
        { ...stored, body: Buffer.from(stored?.body ?? []) },
        { ...entry.delivery, body: Buffer.from(entry.delivery.body) },
      )
      const record = await store.task(task.id)
      assert.equal(typeof record?.createdAt, 'number')
      assert.deepEqual(record, {
        id: task.id,
        state: 'waiting',
        rule,
        program,
        source: 'github',
        eventType: 'push',
        eventId: event.id,
        deliveryId: entry.delivery.id,
        createdAt: record?.createdAt,
        dueAt: task.dueAt,
        startedAt: null,
        endedAt: null,
        attempts: 0,
        lostAttempts: 0,
        exitCode: null,
        handedOver: null,
        reason: null,
        result: null,
        node: null,
        cancelRequested: false,
        policyKey: null,
        priority: 0,
        step: 0,
        previous: null,
        next: null,
        approval: null,
      })
    },
  },
  {
    title: 'commits a delivery without events',
    async check({ store }) {
      const delivery = makeDelivery()
      const receipt = await store.accept({ delivery, events: [] })
      assert.deepEqual(receipt, { deliveryId: delivery.id, duplicate: false, events: [] })
      assert.equal((await store.delivery(delivery.id))?.outcome, 'accepted')
      assert.deepEqual(await store.events(delivery.id), [])
    },
  },
  {
    title: 'commits an event without tasks, and one with several',
    async check({ store }) {
      const events = [makeEvent({ programs: [] }), makeEvent({ programs: ['build', 'deploy'] })]
      const receipt = await store.accept({ delivery: makeDelivery(), events })
      assert.deepEqual(
        receipt.events.map(({ tasks }) => tasks.map(({ program }) => program)),
        [[], ['build', 'deploy']],
      )
      assert.equal((await store.countTasks()).waiting, 2)
    },
  },
  {
    title: 'keeps everything that it confirmed when it is opened again',
    async check({ store, reopen }) {
      const entries = Array.from({ length: 50 }, (_, index) => makeEntry({ senderId: `${index}` }))
      await Promise.all(entries.map((entry) => store.accept(entry)))
      const again = await reopen()
      for (const { delivery, events } of entries) {
        assert.equal((await again.delivery(delivery.id))?.id, delivery.id)
        assert.equal((await again.task(events[0]?.tasks[0]?.id ?? ''))?.state, 'waiting')
      }
      assert.equal((await again.countTasks()).waiting, entries.length)
    },
  },
  {
    title: 'carries out all other calls when one of them fails',
    async check({ store }) {
      const taken = makeEntry()
      await store.accept(taken)
      const good = Array.from({ length: 4 }, () => makeEntry())
      const [first, second, third, fourth] = good
      assert(first && second && third && fourth)
      const bad = { delivery: taken.delivery, events: [makeEvent()] }
      const answers = await Promise.allSettled(
        [first, second, bad, third, fourth].map((entry) => store.accept(entry)),
      )
      assert.deepEqual(
        answers.map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      )
      for (const entry of good) assert(await store.delivery(entry.delivery.id))
      assert.equal((await store.events(taken.delivery.id)).length, 1)
      assert.equal((await store.countTasks()).waiting, 5)
    },
  },
  {
    title: 'keeps a refused delivery with its reason',
    async check({ store }) {
      const delivery = makeDelivery({ outcome: 'refused', reason: 'The signature is wrong.' })
      await store.refuse(delivery)
      const stored = await store.delivery(delivery.id)
      assert.equal(stored?.outcome, 'refused')
      assert.equal(stored?.reason, 'The signature is wrong.')
      assert.deepEqual(await store.events(delivery.id), [])
    },
  },
  {
    title: 'answers a ping while it is open, and rejects it with a code after it was closed',
    async check({ store }) {
      await store.ping()
      await store.close()
      await assert.rejects(store.ping(), { code: 'store_unavailable' })
      await assert.rejects(acceptTask(store), { code: 'store_unavailable' })
    },
  },
]
