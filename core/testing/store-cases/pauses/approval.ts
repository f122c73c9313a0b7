import assert from 'node:assert/strict'
import type { AcceptEntry, StoreInstance } from '../../../contracts/store.ts'
import { createId } from '../../../kit/id.ts'
import type { StoreCase } from '../adapter.ts'
import {
  acceptTask,
  claim,
  claimOne,
  type EventFields,
  limited,
  makeEntry,
  makeSettlement,
  PROGRAM,
} from '../make-entry.ts'

const HOUR = 3_600_000
const APPROVED = { state: 'approved', by: 'ada', reason: null } as const
const REJECTED = { state: 'rejected', by: 'ada', reason: 'rejected by ada' } as const
const EXPIRED = { state: 'expired', by: null, reason: 'nobody approved it' } as const

/** Tasks that wait until somebody lets them run. */
export const approvalCases: readonly StoreCase[] = [
  {
    title: 'claims a task once it is approved, and accepts the event with the approval',
    async check({ store, now }) {
      const id = await acceptHeld(store)
      const before = await store.task(id)
      assert.equal(before?.state, 'waiting')
      assert.equal(before.approval?.state, 'pending')
      assert.ok(Math.abs(before.approval.until - now() - HOUR) < 60_000)
      assert.deepEqual(await claim(store), [])
      assert.deepEqual(await pendingOf(store), [[id, false]])
      const event = makeEntry({}, { source: 'hookline' })
      const task = await store.decide(id, APPROVED, event)
      assert.equal(task?.state, 'waiting')
      assert.equal(task.approval?.state, 'approved')
      assert.equal(task.approval.by, 'ada')
      assert.ok((task.approval.at ?? 0) > 0)
      assert.notEqual(await store.delivery(event.delivery.id), null)
      assert.deepEqual(await pendingOf(store), [])
      assert.deepEqual(
        (await claim(store)).map((one) => one.task.id).toSorted(),
        [id, ...tasksOf(event)].toSorted(),
      )
    },
  },
  {
    title: 'cancels a task that is rejected, and decides once',
    async check({ store }) {
      const id = await acceptHeld(store)
      const events = [makeEntry(), makeEntry(), makeEntry()]
      const decided = await Promise.all(
        events.map((event, index) => store.decide(id, index === 1 ? APPROVED : REJECTED, event)),
      )
      assert.equal(decided.filter((task) => task !== null).length, 1)
      const stored = await Promise.all(events.map(({ delivery }) => store.delivery(delivery.id)))
      assert.deepEqual(
        stored.map((one) => one !== null),
        decided.map((task) => task !== null),
      )
      const other = await acceptHeld(store)
      const task = await store.decide(other, REJECTED, null)
      assert.deepEqual([task?.state, task?.reason], ['cancelled', 'rejected by ada'])
      assert.equal(await store.decide(other, APPROVED, null), null)
      assert.equal(await store.decide('tsk_none', APPROVED, null), null)
      assert.equal(await store.decide(await acceptTask(store), APPROVED, null), null)
    },
  },
  {
    title: 'ends the wait by its own clock: not earlier, and nobody approves later',
    async check(tested) {
      const { store } = tested
      const id = await acceptHeld(store)
      assert.equal(await store.decide(id, EXPIRED, null), null)
      await tested.advance(HOUR + 1000)
      assert.deepEqual(await pendingOf(store), [[id, true]])
      assert.equal(await store.decide(id, APPROVED, null), null)
      assert.equal(await store.decide(id, REJECTED, null), null)
      const task = await store.decide(id, EXPIRED, null)
      assert.deepEqual([task?.state, task?.approval?.state], ['cancelled', 'expired'])
      assert.deepEqual(await claim(store), [])
    },
  },
  {
    title: 'asks again when a task is retried that nobody has approved, and only then',
    async check(tested) {
      const { store } = tested
      const id = await acceptHeld(store)
      await store.decide(id, REJECTED, null)
      const again = await store.retry(id)
      assert.deepEqual([again?.state, again?.approval?.state], ['waiting', 'pending'])
      assert.deepEqual(await claim(store), [])
      await store.decide(id, APPROVED, null)
      const { lease } = await claimOne(store)
      await store.settle(lease, makeSettlement({ state: 'dead', attempt: 'failed', reason: 'no' }))
      assert.equal((await store.retry(id))?.approval?.state, 'approved')
      assert.equal((await claim(store)).length, 1)
    },
  },
  {
    title: 'cancels and replaces what waits for an approval',
    async check({ store }) {
      const id = await acceptHeld(store)
      const cancelled = await store.cancel(id)
      assert.deepEqual([cancelled?.state, cancelled?.approval?.state], ['cancelled', 'dropped'])
      const policy = { policyKey: 'main', replaces: 'waiting' } as const
      const older = await acceptHeld(store, { policy })
      const newer = await acceptHeld(store, { policy })
      assert.equal((await store.task(older))?.state, 'cancelled')
      assert.deepEqual(await pendingOf(store), [[newer, false]])
      // They may come to be written at once.
      const both = await Promise.all([acceptHeld(store, { policy }), acceptHeld(store, { policy })])
      const tasks = await Promise.all([newer, ...both].map((each) => store.task(each)))
      const waiting = tasks.filter((each) => each?.state === 'waiting').map((each) => each?.id)
      assert.equal(waiting.length, 1)
      assert.deepEqual(await pendingOf(store), [[waiting[0], false]])
      assert.ok(tasks.every((each) => (each?.dueAt ?? 0) < (each?.createdAt ?? 0) + HOUR))
    },
  },
  {
    title: 'holds up no other task of its key while it waits, and keeps to the limit afterwards',
    async check({ store }) {
      const policy = { policyKey: 'main' }
      const held = await acceptHeld(store, { policy })
      const free = await acceptTask(store, { policy })
      const request = { programs: [limited({ concurrency: 1 })] }
      const [first] = await claim(store, request)
      assert.equal(first?.task.id, free)
      await store.decide(held, APPROVED, null)
      assert.deepEqual(await claim(store, request), [])
      await store.settle(first.lease, makeSettlement())
      assert.equal((await claim(store, request))[0]?.task.id, held)
    },
  },
  {
    title: 'lists what waits for an approval, and a next step that does',
    async check({ store, reopen }) {
      const first = await acceptTask(store)
      const { lease } = await claimOne(store)
      const policy = { policyKey: null, priority: 0, replaces: 'none' } as const
      const previous = { program: PROGRAM, exitCode: 0, result: null }
      const id = createId('tsk')
      const next = {
        id,
        program: PROGRAM,
        dueAt: 0,
        ...policy,
        step: 1,
        previous,
        approvalMs: HOUR,
      }
      await store.settle(lease, makeSettlement({ next }))
      assert.deepEqual(await claim(store), [])
      const idsOf = async (from: StoreInstance, filter: object) => {
        const { items } = await from.tasks({ ...filter, approval: 'pending', limit: 10 })
        return items.map((task) => task.id)
      }
      assert.deepEqual(await idsOf(store, {}), [id])
      assert.deepEqual(await idsOf(store, { program: PROGRAM, state: 'waiting' }), [id])
      assert.deepEqual(await idsOf(store, { program: 'other' }), [])
      const again = await reopen()
      assert.deepEqual(await idsOf(again, {}), [id])
      await again.decide(id, APPROVED, null)
      assert.deepEqual(
        (await claim(again)).map(({ task }) => task.id),
        [id],
      )
      assert.equal((await again.task(first))?.next, id)
    },
  },
]

async function acceptHeld(store: StoreInstance, fields: EventFields = {}): Promise<string> {
  const entry = makeEntry(fields)
  const [event] = entry.events
  const tasks = event?.tasks.map((task) => ({ ...task, approvalMs: HOUR })) ?? []
  await store.accept({ ...entry, events: event === undefined ? [] : [{ ...event, tasks }] })
  return tasks[0]?.id ?? 'no task'
}

async function pendingOf(store: StoreInstance) {
  const pending = await store.pendingApprovals({ limit: 10 })
  return pending.map(({ taskId, isOver }) => [taskId, isOver])
}

function tasksOf({ events }: AcceptEntry): readonly string[] {
  return events.flatMap(({ tasks }) => tasks.map(({ id }) => id))
}
