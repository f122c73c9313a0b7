import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claim, claimOne, makeSettlement } from './make-entry.ts'

/** What a person does to a task. */
export const cancelCases: readonly StoreCase[] = [
  {
    title: 'cancels a waiting task at once',
    async check({ store }) {
      const id = await acceptTask(store)
      const task = await store.cancel(id)
      assert.equal(task?.state, 'cancelled')
      assert.equal(typeof task?.endedAt, 'number')
      assert.deepEqual(await store.task(id), task)
      assert.deepEqual(await claim(store), [])
    },
  },
  {
    title: 'asks a running task to end: its node hears of it when it renews',
    async check({ store }) {
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      const task = await store.cancel(id)
      assert.equal(task?.state, 'running')
      assert.equal(task?.cancelRequested, true)
      assert.deepEqual(await store.renew([lease], 30), [{ taskId: id, status: 'cancel' }])
      const cancelled = { state: 'cancelled', attempt: 'cancelled', exitCode: null } as const
      assert.equal(await store.settle(lease, makeSettlement(cancelled)), true)
      assert.equal((await store.task(id))?.state, 'cancelled')
    },
  },
  {
    title: 'lets a task that was to be cancelled not wait for another attempt',
    async check({ store }) {
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      await store.cancel(id)
      const failed = { state: 'waiting', attempt: 'failed', exitCode: 1 } as const
      assert.equal(await store.settle(lease, makeSettlement(failed)), true)
      const task = await store.task(id)
      assert.equal(task?.state, 'cancelled')
      assert.equal(typeof task?.endedAt, 'number')
      assert.equal((await store.attempts(id))[0]?.status, 'failed')
      assert.deepEqual(await claim(store), [])
    },
  },
  {
    title: 'leaves a settled task when it is cancelled',
    async check({ store }) {
      const id = await acceptTask(store)
      await store.settle((await claimOne(store)).lease, makeSettlement())
      const before = await store.task(id)
      assert.deepEqual(await store.cancel(id), before)
      assert.deepEqual(await store.task(id), before)
    },
  },
  {
    title: 'lets a settled task wait again, with its attempts at 0 and its history kept',
    async check({ store }) {
      const id = await acceptTask(store)
      const dead = { state: 'dead', attempt: 'failed', exitCode: 1, reason: 'no' } as const
      await store.settle((await claimOne(store)).lease, makeSettlement(dead))
      const waiting = await store.retry(id)
      assert.equal(waiting?.state, 'waiting')
      assert.equal(waiting?.attempts, 0)
      assert.equal(waiting?.endedAt, null)
      const again = await claimOne(store)
      assert.equal(again.task.attempts, 1)
      await store.settle(again.lease, makeSettlement())
      const attempts = await store.attempts(id)
      assert.deepEqual(
        attempts.map(({ status }) => status),
        ['failed', 'succeeded'],
      )
      assert.equal(new Set(attempts.map(({ number }) => number)).size, 2)
      assert((attempts[1]?.number ?? 0) > (attempts[0]?.number ?? 0))
    },
  },
  {
    title: 'forgets the wish to cancel when a cancelled task is retried',
    async check({ store }) {
      const id = await acceptTask(store)
      await store.cancel(id)
      assert.equal((await store.retry(id))?.cancelRequested, false)
      const { lease } = await claimOne(store)
      assert.equal((await store.renew([lease], 30))[0]?.status, 'held')
    },
  },
  {
    title: 'leaves a waiting and a running task when they are retried',
    async check({ store }) {
      const id = await acceptTask(store)
      const waiting = await store.task(id)
      assert.deepEqual(await store.retry(id), waiting)
      const { task, lease } = await claimOne(store)
      assert.deepEqual(await store.retry(id), task)
      assert.equal(await store.settle(lease, makeSettlement()), true)
    },
  },
  {
    title: 'answers null for a task that is not there',
    async check({ store }) {
      assert.equal(await store.cancel('tsk_none'), null)
      assert.equal(await store.retry('tsk_none'), null)
      assert.equal(await store.task('tsk_none'), null)
      assert.equal(await store.delivery('dlv_none'), null)
      assert.deepEqual(await store.attempts('tsk_none'), [])
      assert.deepEqual(await store.events('dlv_none'), [])
    },
  },
]
