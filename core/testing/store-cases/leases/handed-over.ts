import assert from 'node:assert/strict'
import type { StoreCase } from '../adapter.ts'
import {
  acceptTask,
  claim,
  claimOne,
  letLeaseRunOut,
  limited,
  makeSettlement,
  PROGRAM,
} from '../make-entry.ts'

const AT = { ref: 'job-1', at: 1_700_000_000_000, pollSeconds: 5 }
const ALL = { limit: 100 }

/** Tasks that run at an outside engine. */
export const handedOverCases: readonly StoreCase[] = [
  {
    title: 'keeps a task running that was handed over, without a lease, until its fence settles it',
    async check(tested) {
      const id = await acceptTask(tested.store)
      const { lease, task } = await claimOne(tested.store)
      assert.equal(await tested.store.handOver(lease, AT), true)
      const store = await tested.reopen()
      await letLeaseRunOut(tested)
      assert.deepEqual(await store.renew([lease], 30), [{ taskId: id, status: 'lost' }])
      assert.deepEqual(await claim(store), [])
      assert.equal(await store.nextDueAt([limited()]), null)
      const running = await store.task(id)
      assert.deepEqual(running, { ...task, node: null, handedOver: AT })
      const { startedAt } = task
      assert.deepEqual(await store.handedOver(PROGRAM, ALL), [
        { lease, handedOver: AT, startedAt, cancelRequested: false },
      ])
      assert.equal((await store.cancel(id))?.cancelRequested, true)
      assert.equal((await store.handedOver(PROGRAM, ALL))[0]?.cancelRequested, true)
      assert.equal(await store.settle(lease, makeSettlement()), true)
      assert.equal(await store.settle(lease, makeSettlement()), false)
      const settled = await store.task(id)
      assert.deepEqual([settled?.state, settled?.handedOver], ['succeeded', AT])
      assert.deepEqual(await store.handedOver(PROGRAM, ALL), [])
      const attempts = await store.attempts(id)
      assert.deepEqual(
        attempts.map(({ status, node }) => [status, node]),
        [['succeeded', 'node-1']],
      )
    },
  },
  {
    title: 'hands nothing over whose lease was lost, and forgets where an earlier attempt ran',
    async check(tested) {
      const { store } = tested
      const id = await acceptTask(store)
      const first = await claimOne(store)
      await letLeaseRunOut(tested)
      const second = await claimOne(store)
      assert.equal(await store.handOver(first.lease, AT), false)
      assert.equal((await store.task(id))?.handedOver, null)
      assert.equal(await store.handOver({ taskId: 'tsk_none', fence: 1 }, AT), false)
      assert.equal(await store.handOver(second.lease, { ...AT, isProbe: true }), true)
      assert.equal((await store.task(id))?.handedOver?.isProbe, true)
      await store.settle(second.lease, makeSettlement({ state: 'waiting', attempt: 'failed' }))
      const third = await claimOne(store)
      assert.equal(third.task.handedOver, null)
      assert.equal((await store.attempts(id)).length, 3)
    },
  },
  {
    title: 'counts what was handed over in the concurrency of its program, and lists it in pages',
    async check({ store }) {
      const programs = [limited({ concurrency: 2 })]
      const ids: string[] = []
      for (let count = 0; count < 3; count++) ids.push(await acceptTask(store))
      const claims = await claim(store, { programs })
      assert.equal(claims.length, 2)
      for (const { lease } of claims) assert.equal(await store.handOver(lease, AT), true)
      assert.deepEqual(await claim(store, { programs }), [])
      const [first] = await store.handedOver(PROGRAM, { limit: 1 })
      const rest = await store.handedOver(PROGRAM, { limit: 5, after: first?.lease.taskId ?? '' })
      assert.deepEqual(
        [first, ...rest].map((task) => task?.lease.taskId),
        ids.slice(0, 2),
      )
      assert.deepEqual(await store.handedOver('another', ALL), [])
      for (const { lease } of claims) await store.settle(lease, makeSettlement())
      assert.equal((await claim(store, { programs }))[0]?.task.id, ids[2])
    },
  },
]
