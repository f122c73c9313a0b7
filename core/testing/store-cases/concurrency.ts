import assert from 'node:assert/strict'
import type { Claim, StoreInstance } from '../../contracts/store.ts'
import type { StoreCase } from './adapter.ts'
import {
  acceptTask,
  claim,
  LEASE_SECONDS,
  letLeaseRunOut,
  limited,
  makeSettlement,
} from './make-entry.ts'

const ONE_PER_KEY = { programs: [limited({ concurrency: 1 })] }
const TWO_PER_KEY = { programs: [limited({ concurrency: 2 })] }

/** How many tasks of one key run at the same time. */
export const concurrencyCases: readonly StoreCase[] = [
  {
    title: 'never lets concurrent claims run too many tasks of one key',
    async check({ store, another }) {
      const other = (await another?.()) ?? store
      const keys = ['a', 'b', 'c']
      await Promise.all(Array.from({ length: 30 }, (_, index) => accept(store, keys[index % 3])))
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          claim(index % 2 === 0 ? store : other, { ...TWO_PER_KEY, limit: 5, node: `n${index}` }),
        ),
      )
      assert.deepEqual(keysOf(claims.flat()).toSorted(), ['a', 'a', 'b', 'b', 'c', 'c'])
    },
  },
  {
    title: 'gives every task eventually, and never too many at once',
    async check({ store, another }) {
      const stores = [store, (await another?.()) ?? store]
      await Promise.all(Array.from({ length: 40 }, (_, index) => accept(store, `${index % 4}`)))
      const running: Claim[] = []
      let ended = 0
      for (let round = 0; ended < 40; round++) {
        assert(round < 200, `after ${round} rounds ${ended} of 40 tasks have ended`)
        const asked = stores.map((each) => claim(each, { ...TWO_PER_KEY, limit: 3 }))
        const ending = running.splice(0, 2)
        const settled = ending.map(({ lease }) => store.settle(lease, makeSettlement()))
        running.push(...(await Promise.all(asked)).flat())
        ended += (await Promise.all(settled)).filter((done) => done).length
        for (const key of ['0', '1', '2', '3']) {
          assert(running.filter(({ task }) => task.policyKey === key).length <= 2)
        }
      }
    },
  },
  {
    title: 'treats tasks without a key as tasks of one key of their own',
    async check({ store }) {
      for (const key of [null, null, '', '', 'null', 'null']) await accept(store, key)
      const claims = await claim(store, ONE_PER_KEY)
      assert.deepEqual(keysOf(claims), [null, '', 'null'])
      assert.deepEqual(await claim(store, ONE_PER_KEY), [])
    },
  },
  {
    title: 'keeps equal keys of two programs apart',
    async check({ store }) {
      await acceptTask(store, { programs: ['build', 'deploy'], policy: { policyKey: 'main' } })
      await acceptTask(store, { programs: ['build', 'deploy'], policy: { policyKey: 'main' } })
      const programs = [limited({ concurrency: 1 }), limited({}, 'build')]
      const claims = await claim(store, { programs })
      assert.deepEqual(claims.map(({ task }) => task.program).toSorted(), [
        'build',
        'build',
        'deploy',
      ])
    },
  },
  {
    title: 'gives the tasks of a key in the order they were accepted',
    async check({ store, now }) {
      const dueAt = now()
      const ids: string[] = []
      for (let index = 0; index < 12; index++) ids.push(await accept(store, 'main', dueAt))
      const given: string[] = []
      while (given.length < ids.length) {
        const [only, ...more] = await claim(store, ONE_PER_KEY)
        assert(only !== undefined && more.length === 0)
        given.push(only.task.id)
        await store.settle(only.lease, makeSettlement())
      }
      assert.deepEqual(given, ids)
    },
  },
  {
    title: 'lets other tasks of its key run while a task waits for a retry',
    async check({ store, now, advance }) {
      const first = await accept(store, 'main', now() - 2)
      const second = await accept(store, 'main', now() - 1)
      const dueAt = now() + 5000
      const failed = makeSettlement({ state: 'waiting', attempt: 'failed', dueAt })
      await store.settle(await claimOf(store, first), failed)
      await store.settle(await claimOf(store, second), makeSettlement())
      assert.deepEqual(await claim(store, ONE_PER_KEY), [])
      assert.equal(await store.nextDueAt(ONE_PER_KEY.programs), dueAt)
      const third = await accept(store, 'main', now() + 6000)
      await advance(6001)
      await store.settle(await claimOf(store, first), makeSettlement())
      await claimOf(store, third)
    },
  },
  {
    title: 'frees the slot of a task whose lease ran out, and refuses its late node',
    async check(tested) {
      const { store } = tested
      const lost = await accept(store, 'main')
      const lease = await claimOf(store, lost)
      const urgent = await acceptTask(store, { policy: { policyKey: 'main', priority: 5 } })
      assert.deepEqual(await claim(store, ONE_PER_KEY), [])
      await letLeaseRunOut(tested)
      const next = await claimOf(store, urgent)
      assert.equal((await store.attempts(lost))[0]?.status, 'lost')
      assert.equal((await store.renew([lease], 30))[0]?.status, 'lost')
      assert.equal(await store.settle(lease, makeSettlement()), false)
      await store.settle(next, makeSettlement())
      await claimOf(store, lost)
      assert.equal((await store.task(lost))?.lostAttempts, 1)
    },
  },
  {
    title: 'does not count a task as due while its key is busy, and announces work when that ends',
    async check({ store, now }) {
      const first = await accept(store, 'main')
      await accept(store, 'main')
      const lease = await claimOf(store, first)
      const next = await store.nextDueAt(ONE_PER_KEY.programs)
      assert(next !== null && Math.abs(next - now() - LEASE_SECONDS * 1000) < 5000)
      const told = new Promise<void>((resolve) => {
        store.subscribe(({ kind }) => kind === 'work' && resolve())
      })
      await store.settle(lease, makeSettlement())
      await told
      const due = await store.nextDueAt(ONE_PER_KEY.programs)
      assert(due !== null && due <= now())
    },
  },
  {
    title: 'finds other keys behind many tasks of a key that is held up',
    async check({ store, now }) {
      const dueAt = now() - 1000
      await Promise.all(Array.from({ length: 2000 }, () => accept(store, 'busy', dueAt)))
      const free = await accept(store, 'free', now())
      assert.deepEqual(keysOf(await claim(store, ONE_PER_KEY)), ['busy', 'free'])
      assert.deepEqual(await claim(store, ONE_PER_KEY), [])
      assert.equal((await store.task(free))?.state, 'running')
    },
  },
  {
    title: 'skips a cancelled task, and gives a retried one',
    async check({ store }) {
      const [first, second] = [await accept(store, 'main'), await accept(store, 'main')]
      await store.cancel(first)
      const lease = await claimOf(store, second)
      await store.retry(first)
      assert.deepEqual(await claim(store, ONE_PER_KEY), [])
      await store.settle(lease, makeSettlement())
      await claimOf(store, first)
    },
  },
  {
    title: 'keeps keys and their order when it is opened again',
    async check(tested) {
      const ids: string[] = []
      for (const key of ['a', 'a', 'b', 'b']) ids.push(await accept(tested.store, key))
      await claim(tested.store, ONE_PER_KEY)
      const again = await tested.reopen()
      await letLeaseRunOut(tested)
      // One at a time, since their leases were lost.
      for (const id of [ids[0], ids[2]]) {
        const claims = await claim(again, ONE_PER_KEY)
        assert.deepEqual(
          claims.map(({ task }) => [task.id, task.lostAttempts]),
          [[id, 1]],
        )
      }
      assert.deepEqual(await claim(again, ONE_PER_KEY), [])
    },
  },
]

function accept(store: StoreInstance, policyKey: string | null = null, dueAt = 0): Promise<string> {
  return acceptTask(store, { dueAt, policy: { policyKey } })
}

// Claims the only task that may run now, which must be this one.
async function claimOf(store: StoreInstance, taskId: string): Promise<Claim['lease']> {
  const claims = await claim(store, ONE_PER_KEY)
  assert.deepEqual(
    claims.map(({ task }) => task.id),
    [taskId],
  )
  return claims[0]?.lease ?? { taskId, fence: 0 }
}

function keysOf(claims: readonly Claim[]): readonly (string | null)[] {
  return claims.map(({ task }) => task.policyKey)
}
