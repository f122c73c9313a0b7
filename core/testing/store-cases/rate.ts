import assert from 'node:assert/strict'
import type { StoreInstance } from '../../contracts/store.ts'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claim, limited, makeSettlement } from './make-entry.ts'

const WINDOW_MS = 60_000
const PROGRAMS = [limited({ rateLimit: { count: 2, perSeconds: WINDOW_MS / 1000 } })]

/** How many tasks of one key start within a window of time. */
export const rateCases: readonly StoreCase[] = [
  ...(['main', null] as const).map(
    (policyKey): StoreCase => ({
      title: `starts no more tasks than the rate allows ${policyKey === null ? 'without' : 'of one'} key, and loses none`,
      async check({ store, advance }) {
        await accept(store, policyKey, 5)
        assert.deepEqual(await startAll(store, 10), 2)
        assert.deepEqual(await startAll(store, 10), 0)
        await advance(WINDOW_MS / 2)
        assert.deepEqual(await startAll(store, 10), 0)
        await advance(WINDOW_MS / 2)
        assert.deepEqual(await startAll(store, 10), 2)
        await advance(WINDOW_MS)
        assert.deepEqual(await startAll(store, 10), 1)
        assert.equal((await store.countTasks()).succeeded, 5)
      },
    }),
  ),
  {
    title: 'counts starts within a sliding window, not within fixed windows',
    async check({ store, advance }) {
      await accept(store, 'main', 6)
      assert.equal(await startAll(store, 1), 1)
      await advance(WINDOW_MS * 0.75)
      assert.equal(await startAll(store, 10), 1)
      await advance(WINDOW_MS * 0.3)
      assert.equal(await startAll(store, 10), 1)
      await advance(WINDOW_MS * 0.3)
      assert.equal(await startAll(store, 10), 0)
      await advance(WINDOW_MS * 0.45)
      assert.equal(await startAll(store, 10), 1)
    },
  },
  {
    title: 'counts each key separately',
    async check({ store }) {
      for (const key of ['a', 'b', null]) await accept(store, key, 3)
      assert.equal(await startAll(store, 10), 6)
      assert.equal(await startAll(store, 10), 0)
    },
  },
  ...(['main', null] as const).map(
    (policyKey): StoreCase => ({
      title: `returns when the rate lets the next task ${policyKey === null ? 'without' : 'of a'} key start`,
      async check({ store, now, advance }) {
        await accept(store, policyKey, 4)
        const before = now()
        assert.equal(await startAll(store, 2), 2)
        const next = await store.nextDueAt(PROGRAMS)
        assert(next !== null && Math.abs(next - before - WINDOW_MS) < 5000, `it says ${next}`)
        await advance(WINDOW_MS)
        assert(next <= now())
        assert.equal(await startAll(store, 1), 1)
      },
    }),
  ),
  {
    title: 'starts tasks at once that an earlier rate held up, when the rate is removed',
    async check({ store }) {
      await accept(store, 'main', 4)
      assert.equal(await startAll(store, 10), 2)
      assert.equal(await startAll(store, 10), 0)
      assert.equal((await claim(store)).length, 2)
    },
  },
  {
    title: 'does not forget starts when it is opened again',
    async check({ store, reopen, advance }) {
      await accept(store, 'main', 4)
      assert.equal(await startAll(store, 10), 2)
      const again = await reopen()
      assert.equal(await startAll(again, 10), 0)
      await advance(WINDOW_MS)
      assert.equal(await startAll(again, 10), 2)
    },
  },
]

async function accept(
  store: StoreInstance,
  policyKey: string | null,
  count: number,
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () => acceptTask(store, { policy: { policyKey } })),
  )
}

// Claims tasks and settles them at once. Returns their number.
async function startAll(store: StoreInstance, limit: number): Promise<number> {
  const claims = await claim(store, { programs: PROGRAMS, limit })
  await Promise.all(claims.map(({ lease }) => store.settle(lease, makeSettlement())))
  return claims.length
}
