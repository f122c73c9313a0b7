import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import {
  acceptTask,
  claim,
  claimOne,
  LEASE_SECONDS,
  limited,
  makeSettlement,
} from './make-entry.ts'

/** Which tasks a node gets, and when. */
export const claimCases: readonly StoreCase[] = [
  {
    title: 'gives the oldest due tasks first, up to the limit',
    async check({ store, now }) {
      const third = await acceptTask(store, { dueAt: now() - 1000 })
      const first = await acceptTask(store, { dueAt: now() - 3000 })
      const second = await acceptTask(store, { dueAt: now() - 2000 })
      const claims = await claim(store, { limit: 2 })
      assert.deepEqual(
        claims.map(({ task }) => task.id),
        [first, second],
      )
      assert.equal((await claimOne(store)).task.id, third)
      assert.deepEqual(await claim(store), [])
    },
  },
  {
    title: 'gives the oldest of several programs first',
    async check({ store, now }) {
      const second = await acceptTask(store, { programs: ['a'], dueAt: now() - 2000 })
      const third = await acceptTask(store, { programs: ['b'], dueAt: now() - 1000 })
      const first = await acceptTask(store, { programs: ['b'], dueAt: now() - 3000 })
      const claims = await claim(store, { programs: ['a', 'b'], limit: 3 })
      assert.deepEqual(
        claims.map(({ task }) => task.id),
        [first, second, third],
      )
    },
  },
  {
    title: 'gives no task before it is due',
    async check({ store, now, advance }) {
      const id = await acceptTask(store, { dueAt: now() + 5000 })
      assert.deepEqual(await claim(store), [])
      await advance(5001)
      assert.equal((await claimOne(store)).task.id, id)
    },
  },
  {
    title: 'gives only tasks of the programs asked for',
    async check({ store }) {
      await acceptTask(store, { programs: ['build'] })
      assert.deepEqual(await claim(store, { programs: ['deploy', 'other'] }), [])
      assert.deepEqual(await claim(store, { programs: [] }), [])
      assert.equal((await claim(store, { programs: ['deploy', 'build'] })).length, 1)
    },
  },
  {
    title: 'counts the attempt when the task is claimed',
    async check({ store, now }) {
      const id = await acceptTask(store)
      const { task, lease } = await claimOne(store)
      assert.equal(lease.taskId, id)
      assert.equal(task.state, 'running')
      assert.equal(task.attempts, 1)
      assert.equal(task.node, 'node-1')
      assert(task.startedAt !== null && Math.abs(task.startedAt - now()) < 5000)
      assert.deepEqual(await store.task(id), task)
      assert.deepEqual(await store.attempts(id), [
        {
          number: 1,
          node: 'node-1',
          startedAt: task.startedAt,
          endedAt: null,
          status: 'running',
          exitCode: null,
          reason: null,
        },
      ])
    },
  },
  {
    title: 'gives no task to two nodes',
    async check({ store }) {
      await Promise.all(Array.from({ length: 60 }, () => acceptTask(store)))
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, index) => claim(store, { node: `node-${index}`, limit: 7 })),
      )
      const ids = claims.flat().map(({ task }) => task.id)
      assert.equal(ids.length, 60)
      assert.equal(new Set(ids).size, 60)
    },
  },
  {
    title: 'returns when the next waiting task is due or the next lease runs out',
    async check({ store, now, advance }) {
      assert.equal(await store.nextDueAt([limited()]), null)
      const dueAt = now() + 60_000
      await acceptTask(store, { dueAt })
      await acceptTask(store, { dueAt: now() + 1000, programs: ['build'] })
      assert.equal(await store.nextDueAt([limited()]), dueAt)
      assert.equal(await store.nextDueAt([]), null)

      await acceptTask(store, { dueAt: now() })
      const before = now()
      const { lease } = await claimOne(store)
      const next = await store.nextDueAt([limited()])
      assert(next !== null && Math.abs(next - before - LEASE_SECONDS * 1000) < 5000)

      await store.settle(lease, makeSettlement())
      assert.equal(await store.nextDueAt([limited()]), dueAt)
      await advance(60_001)
      await store.settle((await claimOne(store)).lease, makeSettlement())
      assert.equal(await store.nextDueAt([limited()]), null)
    },
  },
]

/** Which of the due tasks comes first. */
export const priorityCases: readonly StoreCase[] = [
  {
    title: 'gives tasks by priority, then by due time, across all programs and keys',
    async check({ store, now }) {
      const time = now()
      const at = (priority: number, dueAt: number, policyKey: string | null, program: string) =>
        acceptTask(store, { dueAt, programs: [program], policy: { priority, policyKey } })
      const last = await at(-100, time - 9000, null, 'a')
      const fourth = await at(0, time - 1000, 'k', 'a')
      const second = await at(7, time - 1000, null, 'b')
      const third = await at(0, time - 2000, 'k', 'b')
      const first = await at(7, time - 2000, 'k', 'a')
      const claims = await claim(store, { programs: ['a', 'b'] })
      const ids = claims.map(({ task }) => task.id)
      assert.deepEqual(ids, [first, second, third, fourth, last])
    },
  },
  {
    title: 'does not hold up a task for a more urgent one that is not due',
    async check({ store, now }) {
      for (const policyKey of ['k', null]) {
        await acceptTask(store, { dueAt: now() + 60_000, policy: { policyKey, priority: 9 } })
        await acceptTask(store, { policy: { policyKey } })
      }
      const claims = await claim(store, { programs: [limited({ concurrency: 1 })] })
      assert.deepEqual(
        claims.map(({ task }) => [task.policyKey, task.priority]).toSorted(),
        [
          ['k', 0],
          [null, 0],
        ].toSorted(),
      )
    },
  },
  {
    title: 'keeps key and priority in the record',
    async check({ store }) {
      const id = await acceptTask(store, { policy: { policyKey: 'a/b', priority: -3 } })
      const task = await store.task(id)
      assert.deepEqual([task?.policyKey, task?.priority], ['a/b', -3])
    },
  },
]
