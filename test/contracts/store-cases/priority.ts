import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claim, limited } from './make-entry.ts'

/** Which of the due tasks comes first. */
export const priorityCases: readonly StoreCase[] = [
  {
    title: 'gives the higher priority first, then the earlier due, over all programs and keys',
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
    title: 'holds no task up for a more urgent one that is not due',
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
