import assert from 'node:assert/strict'
import type {
  EndedTask,
  StoreInstance,
  Unprojected,
  UnprojectedDelivery,
} from '../../../contracts/store.ts'
import type { StoreCase } from '../adapter.ts'
import {
  acceptTask,
  claim,
  claimOne,
  letLeaseRunOut,
  makeDelivery,
  makeEntry,
  makeEvent,
  makeSettlement,
} from '../make-entry.ts'
import { KEEP_ALL, prune } from '../pruning.ts'

const LIMIT = 100
const DEAD = makeSettlement({ state: 'dead', attempt: 'failed', exitCode: 3, reason: 'no disk' })

/** Notes of what was committed, and what is committed instead of them. */
export const noteCases: readonly StoreCase[] = [
  {
    title: 'notes deliveries of every outcome, with their events and tasks',
    async check({ store }) {
      const facts = { branch: 'main', commits: 2, forced: false, none: null }
      const events = [
        makeEvent({ senderId: 'one', facts, programs: ['build', 'deploy'] }),
        makeEvent({ type: 'tag', programs: [] }),
      ]
      const accepted = { delivery: makeDelivery({ path: '/in?a=b' }), events }
      await store.accept(accepted)
      const repeated = { ...makeEntry({ senderId: 'one' }), delivery: makeDelivery() }
      await store.accept(repeated)
      const refused = makeDelivery({ outcome: 'refused', reason: 'wrong signature' })
      await store.refuse(refused)
      const deliveries: UnprojectedDelivery[] = []
      for (let more = true; more; ) {
        const part = await store.unprojected(LIMIT)
        assert.deepEqual(part.ends, [])
        deliveries.push(...part.deliveries)
        assert.equal(await store.project(part), true)
        more = part.more
      }
      const ids = [accepted.delivery.id, repeated.delivery.id, refused.id]
      assert.deepEqual(deliveries.map(({ id }) => id).toSorted(), ids)
      const find = (id: string) => deliveries.find((delivery) => delivery.id === id)
      const found = find(accepted.delivery.id)
      assert.equal(found?.path, '/in?a=b')
      assert.equal(found?.bodyBytes, accepted.delivery.body.byteLength)
      const plain = events.map(({ tasks: _, payload: __, ...event }) => event)
      assert.deepEqual(found?.events, plain)
      assert.deepEqual(
        found?.tasks.map(({ id, eventId, rule, program, policyKey }) => {
          return [id, eventId, rule, program, policyKey]
        }),
        events[0]?.tasks.map(({ id, rule, program }) => [id, events[0]?.id, rule, program, null]),
      )
      const { outcome, originalId } = find(repeated.delivery.id) ?? {}
      assert.deepEqual([outcome, originalId], ['duplicate', accepted.delivery.id])
      assert.equal(find(refused.id)?.reason, 'wrong signature')
    },
  },
  {
    title: 'forgets notes with the projection of what they name, and nothing else',
    async check({ store }) {
      await acceptTask(store)
      const first = await store.unprojected(LIMIT)
      const later = makeEntry()
      await store.accept(later)
      assert.equal(await store.project(first), true)
      const next = await store.unprojected(LIMIT)
      assert.deepEqual(idsOf(next), [later.delivery.id])
      assert.equal(await store.project(next), true)
      assert.deepEqual(idsOf(await store.unprojected(LIMIT)), [])
    },
  },
  {
    title: 'refuses what was read before another projection, and changes nothing',
    async check({ store, reopen }) {
      await acceptTask(store)
      const [one, other] = [await store.unprojected(LIMIT), await store.unprojected(LIMIT)]
      assert.equal(await store.project(one), true)
      const later = makeEntry()
      await store.accept(later)
      assert.equal(await store.project(other), false)
      assert.equal(await store.project(one), false)
      const again = await reopen()
      assert.equal(await again.project(one), false)
      assert.deepEqual(idsOf(await again.unprojected(LIMIT)), [later.delivery.id])
    },
  },
  {
    title: 'gives way to one of several that project at once',
    async check({ store, another }) {
      if (another === undefined) return
      const other = await another()
      for (let count = 0; count < 20; count++) await acceptTask(store)
      const seen: string[] = []
      const work = async (own: StoreInstance): Promise<void> => {
        for (let isOver = false; !isOver; ) {
          const read = await own.unprojected(3)
          isOver = idsOf(read).length === 0
          if (await own.project(read)) seen.push(...idsOf(read))
        }
      }
      await Promise.all([work(store), work(other), work(store)])
      assert.equal(seen.length, 20)
      assert.equal(new Set(seen).size, 20)
    },
  },
  {
    title: 'reads the newest notes first, a limited number at a time',
    async check({ store }) {
      const ids: string[] = []
      for (let count = 0; count < 7; count++) {
        const entry = makeEntry()
        await store.accept(entry)
        ids.unshift(entry.delivery.id)
      }
      const read: string[] = []
      for (let more = true; more; ) {
        const part = await store.unprojected(3)
        assert.ok(idsOf(part).length <= 3)
        read.push(...idsOf(part).toSorted().toReversed())
        assert.equal(await store.project(part), true)
        more = part.more
      }
      assert.deepEqual(read, ids)
    },
  },
  {
    title: 'notes each end of a task as it was, also one that is retried and ends again',
    async check({ store }) {
      const id = await acceptTask(store)
      await store.settle((await claimOne(store)).lease, DEAD)
      await store.retry(id)
      await store.settle((await claimOne(store)).lease, makeSettlement())
      await store.retry(id)
      const { ends } = await store.unprojected(LIMIT)
      assert.deepEqual(ends.map(told), [
        [id, 'dead', 'no disk', 3],
        [id, 'succeeded', null, 0],
      ])
      const task = await store.task(id)
      for (const {
        rule,
        program,
        source,
        eventType,
        eventId,
        deliveryId,
        createdAt,
        dueAt,
      } of ends) {
        assert.deepEqual(
          [rule, program, source, eventType, eventId, deliveryId, createdAt, dueAt],
          [
            task?.rule,
            task?.program,
            task?.source,
            task?.eventType,
            task?.eventId,
            task?.deliveryId,
            task?.createdAt,
            task?.dueAt,
          ],
        )
      }
      for (const { startedAt, endedAt, attempts } of ends) {
        assert.ok(startedAt !== null && startedAt <= endedAt)
        assert.equal(attempts, 1)
      }
    },
  },
  {
    title: 'notes ends that no program brought about: cancelled, replaced, taken back',
    async check(tested) {
      const { store } = tested
      const cancelled = await acceptTask(store, { programs: ['a'] })
      await store.cancel(cancelled)
      const replaces = { policyKey: 'k', replaces: 'waiting' } as const
      const replaced = await acceptTask(store, { programs: ['b'], policy: replaces })
      const running = await acceptTask(store, { programs: ['b'], policy: replaces })
      const keyless = await acceptTask(store, { programs: ['c'] })
      await acceptTask(store, { programs: ['c'], policy: { replaces: 'waiting' } })
      const both = [0, 1].map(() => makeEvent({ programs: ['d'], policy: replaces }))
      await store.accept({ delivery: makeDelivery(), events: both })
      const [taken] = await claim(store, { programs: ['b'], leaseSeconds: 30 })
      assert.equal(taken?.task.id, running)
      await store.cancel(running)
      await letLeaseRunOut(tested)
      await claim(store, { programs: ['b'] })
      const { ends } = await store.unprojected(LIMIT)
      const expected = [cancelled, replaced, keyless, both[0]?.tasks[0]?.id, running]
      assert.deepEqual(ends.map(({ id }) => id).toSorted(), expected.toSorted())
      for (const { state, reason } of ends) {
        assert.equal(state, 'cancelled')
        assert.match(reason ?? '', /cancelled|replaced/i)
      }
    },
  },
  {
    title: 'notes nothing when a lease is lost, handed back or a task is tried again',
    async check(tested) {
      const { store } = tested
      await acceptTask(store)
      const first = await claimOne(store)
      await store.settle(first.lease, { ...DEAD, state: 'waiting' })
      const second = await claimOne(store)
      await store.settle(second.lease, { ...DEAD, state: 'waiting', attempt: 'returned' })
      await claimOne(store)
      await letLeaseRunOut(tested)
      await claimOne(store)
      assert.deepEqual((await store.unprojected(LIMIT)).ends, [])
    },
  },
  {
    title: 'leaves out what was deleted since, with its note',
    async check({ store, now }) {
      const entry = makeEntry({}, { receivedAt: now() - 10_000 })
      await store.accept(entry)
      await store.settle((await claimOne(store)).lease, DEAD)
      await prune(store, { ...KEEP_ALL, deliveriesBefore: now() - 5_000 })
      assert.equal(await store.delivery(entry.delivery.id), null)
      const read = await store.unprojected(LIMIT)
      assert.deepEqual([idsOf(read), read.ends, read.more], [[], [], false])
      assert.equal(await store.project(read), true)
      assert.deepEqual((await store.unprojected(LIMIT)).notes, { deliveries: [], ends: [] })
    },
  },
]

function idsOf({ deliveries }: Unprojected): string[] {
  return deliveries.map(({ id }) => id)
}

function told({ id, state, reason, exitCode }: EndedTask) {
  return [id, state, reason, exitCode]
}
