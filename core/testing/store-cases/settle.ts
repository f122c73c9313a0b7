import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claim, claimOne, limited, makeSettlement } from './make-entry.ts'

/** How attempts and tasks end. */
export const settleCases: readonly StoreCase[] = [
  ...(
    [
      ['succeeded', 'succeeded', 0],
      ['dead', 'failed', 3],
      ['cancelled', 'cancelled', null],
    ] as const
  ).map(
    ([state, attempt, exitCode]): StoreCase => ({
      title: `settles a task as ${state}`,
      async check({ store }) {
        const id = await acceptTask(store)
        const { lease } = await claimOne(store)
        const result = '{"url":"https://example.org","ids":[1,2]}'
        const settlement = { state, attempt, exitCode, reason: 'because', result }
        assert.equal(await store.settle(lease, settlement), true)
        const task = await store.task(id)
        assert.equal(task?.state, state)
        assert.equal(task?.exitCode, exitCode)
        assert.equal(task?.reason, 'because')
        assert.deepEqual(task?.result, { url: 'https://example.org', ids: [1, 2] })
        assert.equal(task?.node, null)
        assert.equal(typeof task?.endedAt, 'number')
        assert.equal(task?.attempts, 1)
        const [ended] = await store.attempts(id)
        assert.equal(ended?.status, attempt)
        assert.equal(ended?.exitCode, exitCode)
        assert.equal(ended?.reason, 'because')
        assert.equal(typeof ended?.endedAt, 'number')
        assert.deepEqual(await claim(store), [])
      },
    }),
  ),
  {
    title: 'settles no task twice',
    async check({ store }) {
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      const answers = await Promise.all(
        ['succeeded', 'dead', 'waiting'].map((state) =>
          store.settle(lease, makeSettlement({ state: state as 'succeeded' | 'dead' | 'waiting' })),
        ),
      )
      assert.equal(answers.filter((settled) => settled).length, 1)
      assert.equal(await store.settle(lease, makeSettlement({ state: 'dead' })), false)
      assert.equal((await store.attempts(id)).length, 1)
    },
  },
  {
    title: 'lets a failed task wait until it is due again',
    async check({ store, now, advance }) {
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      const dueAt = now() + 10_000
      const failed = { state: 'waiting', attempt: 'failed', exitCode: 1, reason: 'no' } as const
      assert.equal(await store.settle(lease, makeSettlement({ ...failed, dueAt })), true)
      const waiting = await store.task(id)
      assert.equal(waiting?.state, 'waiting')
      assert.equal(waiting?.dueAt, dueAt)
      assert.equal(waiting?.reason, 'no')
      assert.equal(waiting?.endedAt, null)
      assert.deepEqual(await claim(store), [])
      assert.equal(await store.nextDueAt([limited()]), dueAt)
      await advance(10_001)
      const again = await claimOne(store)
      assert.equal(again.task.attempts, 2)
      assert.deepEqual(
        (await store.attempts(id)).map(({ number, status }) => ({ number, status })),
        [
          { number: 1, status: 'failed' },
          { number: 2, status: 'running' },
        ],
      )
    },
  },
  {
    title: 'accepts a fraction of a millisecond as a time',
    async check({ store, now, advance }) {
      await acceptTask(store, { dueAt: now() - 0.25 })
      const { lease } = await claimOne(store)
      const failed = { state: 'waiting', attempt: 'failed', dueAt: now() + 100.7 } as const
      assert.equal(await store.settle(lease, makeSettlement(failed)), true)
      await advance(102)
      await claimOne(store)
    },
  },
  {
    title: 'does not count an attempt that was handed back, but keeps it in the history',
    async check({ store }) {
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      const returned = { state: 'waiting', attempt: 'returned', exitCode: null } as const
      assert.equal(await store.settle(lease, makeSettlement(returned)), true)
      assert.equal((await store.task(id))?.attempts, 0)
      const again = await claimOne(store)
      assert.equal(again.task.attempts, 1)
      assert(again.lease.fence > lease.fence)
      assert.equal(await store.settle(lease, makeSettlement()), false)
      const attempts = await store.attempts(id)
      assert.deepEqual(
        attempts.map(({ status }) => status),
        ['returned', 'running'],
      )
      assert((attempts[1]?.number ?? 0) > (attempts[0]?.number ?? 0))
    },
  },
  {
    title: 'returns false for an unknown task',
    async check({ store }) {
      assert.equal(await store.settle({ taskId: 'tsk_none', fence: 1 }, makeSettlement()), false)
    },
  },
]
