import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claim, claimOne, letLeaseRunOut, makeSettlement } from './make-entry.ts'

/** What waits and runs of each program. */
export const backlogCases: readonly StoreCase[] = [
  {
    title: 'counts what waits and runs of each program, with and without keys',
    async check({ store, now }) {
      assert.deepEqual(await store.backlog(), [])
      const dueAt = Math.trunc(now())
      await acceptTask(store, { programs: ['build'], dueAt: dueAt + 9000 })
      await acceptTask(store, { programs: ['build'], dueAt: dueAt + 5000, policy: KEY })
      await acceptTask(store, { programs: ['build'], dueAt: dueAt + 7000, policy: KEY })
      await acceptTask(store, { programs: ['deploy'], dueAt: dueAt - 5000 })
      await acceptTask(store, { programs: ['deploy'], dueAt: dueAt - 4000 })
      assert.deepEqual(sorted(await store.backlog()), [
        { program: 'build', waiting: 3, running: 0, oldestDueAt: dueAt + 5000 },
        { program: 'deploy', waiting: 2, running: 0, oldestDueAt: dueAt - 5000 },
      ])
      await claim(store, { limit: 1 })
      assert.deepEqual(sorted(await store.backlog())[1], {
        program: 'deploy',
        waiting: 1,
        running: 1,
        oldestDueAt: dueAt - 4000,
      })
    },
  },
  {
    title: 'forgets a program of which nothing waits or runs any more',
    async check({ store }) {
      await acceptTask(store)
      const { lease } = await claimOne(store)
      const running = { program: 'deploy', waiting: 0, running: 1, oldestDueAt: null }
      assert.deepEqual(await store.backlog(), [running])
      await store.settle(lease, makeSettlement())
      assert.deepEqual(await store.backlog(), [])
    },
  },
  {
    title: 'counts a lost task again, but not a cancelled one',
    async check(tested) {
      const { store } = tested
      await acceptTask(store)
      await claimOne(store)
      await letLeaseRunOut(tested)
      await store.cancel(await acceptTask(store))
      await claimOne(store)
      assert.deepEqual(
        (await store.backlog()).map(({ waiting, running }) => [waiting, running]),
        [[0, 1]],
      )
    },
  },
]

const KEY = { policyKey: 'main' }

function sorted<Item extends { readonly program: string }>(items: readonly Item[]): Item[] {
  return items.toSorted((one, other) => one.program.localeCompare(other.program))
}
