import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claim, claimOne, letLeaseRunOut, makeSettlement } from './make-entry.ts'

/** Claims that end by time. */
export const leaseCases: readonly StoreCase[] = [
  {
    title: 'keeps a running task from others while its lease is renewed',
    async check({ store, advance }) {
      await acceptTask(store)
      const { lease } = await claimOne(store)
      for (let renewals = 0; renewals < 3; renewals++) {
        await advance(20_000)
        assert.deepEqual(await store.renew([lease], 30), [{ taskId: lease.taskId, status: 'held' }])
        assert.deepEqual(await claim(store), [])
      }
    },
  },
  {
    title: 'gives a task again when its lease ran out, and calls the attempt lost',
    async check(tested) {
      const { store } = tested
      const id = await acceptTask(store)
      const first = await claimOne(store)
      await letLeaseRunOut(tested)
      const [second] = await claim(store, { node: 'node-2' })
      assert.equal(second?.task.id, id)
      assert.equal(second.task.attempts, 2)
      assert.equal(second.task.node, 'node-2')
      assert(second.lease.fence > first.lease.fence)
      const attempts = await store.attempts(id)
      assert.deepEqual(
        attempts.map(({ number, node, status }) => ({ number, node, status })),
        [
          { number: 1, node: 'node-1', status: 'lost' },
          { number: 2, node: 'node-2', status: 'running' },
        ],
      )
      assert.equal(typeof attempts[0]?.endedAt, 'number')
    },
  },
  {
    title: 'lets only the newest claim renew and settle',
    async check(tested) {
      const { store } = tested
      const id = await acceptTask(store)
      const first = await claimOne(store)
      await letLeaseRunOut(tested)
      const second = await claimOne(store)
      assert.deepEqual(await store.renew([first.lease, second.lease], 30), [
        { taskId: id, status: 'lost' },
        { taskId: id, status: 'held' },
      ])
      const before = await store.task(id)
      assert.equal(await store.settle(first.lease, makeSettlement({ exitCode: 9 })), false)
      assert.deepEqual(await store.task(id), before)
      assert.equal((await store.attempts(id))[0]?.status, 'lost')
      assert.equal(await store.settle(second.lease, makeSettlement()), true)
    },
  },
  {
    title: 'lets a late node renew or settle as long as no other claim came',
    async check(tested) {
      const { store } = tested
      await acceptTask(store)
      const { lease } = await claimOne(store)
      await letLeaseRunOut(tested)
      assert.equal((await store.renew([lease], 30))[0]?.status, 'held')
      assert.deepEqual(await claim(store), [])
      await letLeaseRunOut(tested)
      assert.equal(await store.settle(lease, makeSettlement()), true)
    },
  },
  {
    title: 'answers one row per lease, also for tasks that are settled or unknown',
    async check({ store }) {
      await acceptTask(store)
      const { lease } = await claimOne(store)
      await store.settle(lease, makeSettlement())
      const unknown = { taskId: 'tsk_none', fence: 1 }
      assert.deepEqual(await store.renew([lease, unknown], 30), [
        { taskId: lease.taskId, status: 'lost' },
        { taskId: 'tsk_none', status: 'lost' },
      ])
      assert.deepEqual(await store.renew([], 30), [])
    },
  },
  {
    title: 'cancels a task whose lease ran out instead of giving it again, where that was asked',
    async check(tested) {
      const { store } = tested
      const id = await acceptTask(store)
      await claimOne(store)
      await store.cancel(id)
      await letLeaseRunOut(tested)
      assert.deepEqual(await claim(store), [])
      const task = await store.task(id)
      assert.equal(task?.state, 'cancelled')
      assert.equal(task?.node, null)
      assert.equal(typeof task?.endedAt, 'number')
      assert.equal((await store.attempts(id))[0]?.status, 'lost')
    },
  },
  {
    title: 'gives a task again after the store was opened again and its lease ran out',
    async check(tested) {
      const id = await acceptTask(tested.store)
      const first = await claimOne(tested.store)
      const again = await tested.reopen()
      await letLeaseRunOut(tested)
      const second = await claimOne(again)
      assert.equal(second.task.id, id)
      assert.equal(second.task.attempts, 2)
      assert.equal(await again.settle(first.lease, makeSettlement()), false)
    },
  },
]
