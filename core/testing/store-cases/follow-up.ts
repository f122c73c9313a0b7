import assert from 'node:assert/strict'
import type { AcceptEntry, StoreInstance } from '../../contracts/store.ts'
import type { StoreCase } from './adapter.ts'
import {
  acceptTask,
  claim,
  claimOne,
  letLeaseRunOut,
  makeEntry,
  makeSettlement,
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
]

function makeFollowUp(): AcceptEntry {
  return makeEntry({}, { source: 'hookline', body: Buffer.from('{"task":"one"}') })
}

async function assertAbsent(store: StoreInstance, { delivery, events }: AcceptEntry) {
  assert.equal(await store.delivery(delivery.id), null)
  assert.deepEqual(await store.events(delivery.id), [])
  for (const { id } of events[0]?.tasks ?? []) assert.equal(await store.task(id), null)
}
