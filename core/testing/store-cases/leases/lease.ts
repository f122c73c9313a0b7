import assert from 'node:assert/strict'
import type { Claim } from '../../../contracts/store.ts'
import type { TaskRecord } from '../../../contracts/task.ts'
import type { StoreCase, StoreUnderTest } from '../adapter.ts'
import {
  acceptTask,
  claim,
  claimOne,
  letLeaseRunOut,
  limited,
  makeSettlement,
} from '../make-entry.ts'

/** Leases that run out. */
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
    title: 'gives a task again when its lease ran out, and marks the attempt as lost',
    async check(tested) {
      const { store } = tested
      const id = await acceptTask(store)
      const first = await claimOne(store)
      await letLeaseRunOut(tested)
      const [second] = await claim(store, { node: 'node-2' })
      assert.equal(second?.task.id, id)
      const { attempts: counted, lostAttempts } = second.task
      assert.deepEqual({ counted, lostAttempts }, { counted: 1, lostAttempts: 1 })
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
    title: 'lets a late node renew or settle until there is another claim',
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
    title: 'returns one row per lease, also for settled and unknown tasks',
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
    title:
      'cancels a task whose lease ran out instead of giving it again, if it is to be cancelled',
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
    title: 'gives a task again when its lease ran out and the store was opened again',
    async check(tested) {
      const id = await acceptTask(tested.store)
      const first = await claimOne(tested.store)
      const again = await tested.reopen()
      await letLeaseRunOut(tested)
      const second = await claimOne(again)
      assert.equal(second.task.id, id)
      assert.equal(second.task.lostAttempts, 1)
      assert.equal(await again.settle(first.lease, makeSettlement()), false)
    },
  },
  {
    title: 'counts lost attempts apart from failed ones, until somebody retries the task',
    async check(tested) {
      const { store } = tested
      const id = await acceptTask(store)
      await claimOne(store)
      await letLeaseRunOut(tested)
      const second = await claimOne(store)
      await store.settle(second.lease, makeSettlement({ state: 'waiting', attempt: 'failed' }))
      await claimOne(store)
      await letLeaseRunOut(tested)
      const fourth = await claimOne(store)
      assert.deepEqual(countsOf(fourth.task), { attempts: 2, lostAttempts: 2 })
      await store.settle(fourth.lease, makeSettlement({ state: 'dead', attempt: 'failed' }))
      assert.deepEqual(countsOf(await store.task(id)), { attempts: 2, lostAttempts: 2 })
      assert.deepEqual(countsOf(await store.retry(id)), { attempts: 0, lostAttempts: 0 })
    },
  },
  {
    title: 'counts the lost attempt of a task that is cancelled after its lease ran out',
    async check(tested) {
      const { store } = tested
      const id = await acceptTask(store)
      await claimOne(store)
      await letLeaseRunOut(tested)
      assert.deepEqual(countsOf(await store.cancel(id)), { attempts: 0, lostAttempts: 1 })
    },
  },
  {
    title: 'claims one task with lost attempts at a time, and others beside it',
    async check(tested) {
      const { store } = tested
      const lost = await loseTasks(tested, 3)
      const fresh = [await acceptTask(store), await acceptTask(store)]
      const first = await claim(store, { limit: 3 })
      assert.deepEqual(idsOf(first), [lost[0], ...fresh])
      const second = await claim(store)
      assert.deepEqual(idsOf(second), [lost[1]])
    },
  },
  {
    title: 'passes over tasks with lost attempts if it is asked to',
    async check(tested) {
      const { store } = tested
      const lost = await loseTasks(tested, 2)
      assert.deepEqual(await claim(store, { skipsLost: true }), [])
      const programs = [limited()]
      assert.notEqual(await store.nextDueAt(programs), null)
      assert.equal(await store.nextDueAt(programs, true), null)
      const fresh = await acceptTask(store)
      assert.notEqual(await store.nextDueAt(programs, true), null)
      assert.deepEqual(idsOf(await claim(store, { limit: 1, skipsLost: true })), [fresh])
      assert.deepEqual(idsOf(await claim(store)), [lost[0]])
    },
  },
  {
    title: 'lets a task with lost attempts hold up its own key only',
    async check(tested) {
      const { store } = tested
      const programs = [limited({ concurrency: 1 })]
      const policy = (policyKey: string) => ({ policy: { policyKey } })
      const lost = [await acceptTask(store, policy('a')), await acceptTask(store, policy('b'))]
      assert.equal((await claim(store, { programs })).length, 2)
      await letLeaseRunOut(tested)
      await acceptTask(store, policy('a'))
      const other = await acceptTask(store, policy('c'))
      assert.deepEqual(idsOf(await claim(store, { programs, limit: 1, skipsLost: true })), [other])
      assert.deepEqual(await claim(store, { programs, skipsLost: true }), [])
      // Only the lease of the running one ends.
      assert(((await store.nextDueAt(programs, true)) ?? 0) > tested.now())
      assert.deepEqual(idsOf(await claim(store, { programs })), [lost[0]])
      assert.deepEqual(idsOf(await claim(store, { programs })), [lost[1]])
    },
  },
]

function idsOf(claims: readonly Claim[]): readonly string[] {
  return claims.map(({ task }) => task.id)
}

function countsOf(task: TaskRecord | null) {
  return { attempts: task?.attempts, lostAttempts: task?.lostAttempts }
}

/** Tasks whose lease ran out, in the order of their ids. */
async function loseTasks(tested: StoreUnderTest, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index++) ids.push(await acceptTask(tested.store))
  assert.equal((await claim(tested.store)).length, count)
  await letLeaseRunOut(tested)
  return ids
}
