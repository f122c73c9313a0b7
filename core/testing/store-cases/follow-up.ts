import assert from 'node:assert/strict'
import type { AcceptEntry, Claim, NextTask, StoreInstance } from '../../contracts/store.ts'
import type { TaskRecord } from '../../contracts/task.ts'
import { createId } from '../../kit/id.ts'
import type { StoreCase } from './adapter.ts'
import {
  acceptTask,
  claim,
  claimOne,
  letLeaseRunOut,
  makeEntry,
  makeSettlement,
  PROGRAM,
} from './make-entry.ts'

const DEAD = { state: 'dead', attempt: 'failed', exitCode: 1, reason: 'no' } as const

/** What is committed together with the end of a task. */
export const followUpCases: readonly StoreCase[] = [
  {
    title: 'commits a follow-up with the settlement: delivery, event and tasks',
    async check({ store }) {
      await acceptTask(store)
      const { lease } = await claimOne(store)
      const followUp = makeFollowUp()
      assert.equal(await store.settle(lease, makeSettlement({ ...DEAD, followUp })), true)
      const delivery = await store.delivery(followUp.delivery.id)
      assert.equal(delivery?.outcome, 'accepted')
      assert.equal(Buffer.from(delivery?.body ?? []).toString(), '{"task":"one"}')
      const [event] = await store.events(followUp.delivery.id)
      assert.equal(event?.payload, '{"task":"one"}')
      const { task } = await claimOne(store)
      assert.equal(task.id, followUp.events[0]?.tasks[0]?.id)
      assert.equal(task.source, 'hookline')
    },
  },
  {
    title: 'announces the work of a follow-up',
    async check({ store }) {
      await acceptTask(store)
      const { lease } = await claimOne(store)
      const followUp = makeFollowUp()
      const taskId = followUp.events[0]?.tasks[0]?.id
      const told = new Promise<void>((resolve) => {
        store.subscribe((change) => {
          if (change.kind === 'task' && change.taskId === taskId) resolve()
        })
      })
      await store.settle(lease, makeSettlement({ ...DEAD, followUp }))
      await told
    },
  },
  {
    title: 'commits no follow-up if the lease was lost',
    async check(tested) {
      const { store } = tested
      await acceptTask(store)
      const { lease } = await claimOne(store)
      await letLeaseRunOut(tested)
      await claimOne(store)
      const followUp = makeFollowUp()
      assert.equal(await store.settle(lease, makeSettlement({ ...DEAD, followUp })), false)
      await assertAbsent(store, followUp)
    },
  },
  {
    title: 'commits a follow-up once, however often the settlement is tried',
    async check({ store }) {
      await acceptTask(store)
      const { lease } = await claimOne(store)
      const followUps = [makeFollowUp(), makeFollowUp(), makeFollowUp()]
      const answers = await Promise.all(
        followUps.map((followUp) => store.settle(lease, makeSettlement({ ...DEAD, followUp }))),
      )
      assert.equal(answers.filter((settled) => settled).length, 1)
      for (const [index, followUp] of followUps.entries()) {
        if (answers[index] !== true) await assertAbsent(store, followUp)
      }
      assert.equal((await claim(store)).length, 1)
    },
  },
  {
    title: 'commits no follow-up of a failure if the task was to be cancelled',
    async check({ store }) {
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      await store.cancel(id)
      const followUp = makeFollowUp()
      const waiting = { ...DEAD, state: 'waiting', followUp } as const
      assert.equal(await store.settle(lease, makeSettlement(waiting)), true)
      assert.equal((await store.task(id))?.state, 'cancelled')
      await assertAbsent(store, followUp)
    },
  },
  {
    title: 'adds the task of the next step with the settlement, for the same event',
    async check({ store }) {
      const id = await acceptTask(store)
      const first = await claimOne(store)
      const next = makeNext()
      const followUp = makeFollowUp()
      const result = '{"image":"a:1","build":12345678901234567}'
      const settled = makeSettlement({
        result,
        next: { ...next, previous: { ...next.previous, result } },
        followUp,
      })
      const told = new Promise<void>((resolve) => {
        store.subscribe((change) => {
          if (change.kind === 'task' && change.taskId === next.id) resolve()
        })
      })
      assert.equal(await store.settle(first.lease, settled), true)
      await told
      assert.notEqual(await store.delivery(followUp.delivery.id), null)
      assert.equal((await store.task(id))?.next, next.id)
      const claims = await claim(store, { programs: [NEXT_PROGRAM] })
      assert.deepEqual(
        claims.map(({ task }) => task.id),
        [next.id],
      )
      const [{ task, event }] = claims as [Claim]
      const { rule, source, eventType, eventId, deliveryId } = first.task
      assert.deepEqual(pick(task), { rule, source, eventType, eventId, deliveryId })
      assert.deepEqual(event, first.event)
      assert.equal(task.step, 2)
      const { previous } = task
      assert.deepEqual(
        { ...previous, result: JSON.stringify(previous?.result) },
        { task: id, program: PROGRAM, exitCode: 0, result },
      )
      assert.equal(task.next, null)
      assert.equal((await store.tasks({ deliveryId, limit: 10 })).items.length, 2)
    },
  },
  {
    title: 'lists a task whose results are large, and says which it leaves out',
    async check({ store }) {
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      const next = makeNext()
      const value = { text: 'ü'.repeat(40_000) }
      const result = JSON.stringify(value)
      const previous = { ...next.previous, result }
      await store.settle(lease, makeSettlement({ result, next: { ...next, previous } }))
      assert.deepEqual((await store.task(id))?.result, value)
      const { items } = await store.tasks({ limit: 10 })
      const listed = items.map((task) => {
        const { leftOut = [] } = task
        const shown = task.previous === null ? task.result : task.previous.result
        return [task.previous?.task ?? null, leftOut.length === 0 ? value : leftOut, shown]
      })
      const [step, first] = listed
      assert.ok(step !== undefined && first !== undefined)
      assert.deepEqual([step[0], first[0]], [id, null])
      // A store may have them all.
      for (const [, leftOut, shown] of listed) {
        assert.deepEqual(shown, leftOut === value ? value : null)
      }
    },
  },
  {
    title: 'adds no next step if the lease was lost',
    async check(tested) {
      const { store } = tested
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      await letLeaseRunOut(tested)
      await claimOne(store)
      const next = makeNext()
      assert.equal(await store.settle(lease, makeSettlement({ next })), false)
      assert.equal(await store.task(next.id), null)
      assert.equal((await store.task(id))?.next, null)
    },
  },
  {
    title: 'adds a next step once, also if the task is retried and succeeds again',
    async check({ store }) {
      const id = await acceptTask(store)
      const first = await claimOne(store)
      const nexts = [makeNext(), makeNext()] as const
      await store.settle(first.lease, makeSettlement({ next: nexts[0] }))
      await store.retry(id)
      const again = await claimOne(store)
      await store.settle(again.lease, makeSettlement({ next: nexts[1] }))
      assert.equal((await store.task(id))?.next, nexts[0].id)
      assert.equal(await store.task(nexts[1].id), null)
      assert.equal((await claim(store, { programs: [NEXT_PROGRAM] })).length, 1)
    },
  },
  {
    title: 'adds no next step of a task that was to be cancelled, or that was replaced',
    async check({ store }) {
      const cancelled = await acceptTask(store)
      const first = await claimOne(store)
      await store.cancel(cancelled)
      await store.settle(first.lease, makeSettlement({ next: makeNext() }))
      const task = await store.task(cancelled)
      assert.equal(task?.state, 'succeeded')
      assert.equal(task.next, null)
      assert.match(task.reason ?? '', /no further step is run: it was to be cancelled/)

      const policy = { policyKey: 'main', replaces: 'waiting' } as const
      const older = await acceptTask(store, { policy })
      const { lease } = await claimOne(store)
      const newer = await acceptTask(store, { policy })
      await store.settle(lease, makeSettlement({ next: makeNext() }))
      const replaced = await store.task(older)
      assert.equal(replaced?.next, null)
      assert.match(
        replaced?.reason ?? '',
        new RegExp(`no further step is run: replaced by ${newer}`),
      )
      assert.deepEqual(await claim(store, { programs: [NEXT_PROGRAM] }), [])
    },
  },
  {
    title: 'lets a next step replace what waits of its program and key',
    async check({ store }) {
      const policy = { policyKey: 'main', replaces: 'waiting' } as const
      const older = await acceptTask(store, { programs: [NEXT_PROGRAM], policy })
      await acceptTask(store)
      const { lease } = await claimOne(store)
      const next = { ...makeNext(), ...policy }
      await store.settle(lease, makeSettlement({ next }))
      assert.equal((await store.task(older))?.state, 'cancelled')
      const claims = await claim(store, { programs: [NEXT_PROGRAM] })
      assert.deepEqual(
        claims.map(({ task }) => [task.id, task.policyKey]),
        [[next.id, 'main']],
      )
    },
  },
]

const NEXT_PROGRAM = 'notify'

function makeNext(): NextTask {
  const policy = { policyKey: null, priority: 0, replaces: 'none' } as const
  const previous = { program: PROGRAM, exitCode: 0, result: null }
  return { id: createId('tsk'), program: NEXT_PROGRAM, dueAt: 0, ...policy, step: 2, previous }
}

function pick({ rule, source, eventType, eventId, deliveryId }: TaskRecord) {
  return { rule, source, eventType, eventId, deliveryId }
}

function makeFollowUp(): AcceptEntry {
  return makeEntry({}, { source: 'hookline', body: Buffer.from('{"task":"one"}') })
}

async function assertAbsent(store: StoreInstance, { delivery, events }: AcceptEntry) {
  assert.equal(await store.delivery(delivery.id), null)
  assert.deepEqual(await store.events(delivery.id), [])
  for (const { id } of events[0]?.tasks ?? []) assert.equal(await store.task(id), null)
}
