import assert from 'node:assert/strict'
import type { ClaimRequest, NewTask, StoreInstance } from '../../../contracts/store.ts'
import type { StoreCase, StoreUnderTest } from '../adapter.ts'
import { claim, limited, makeEntry, makeSettlement } from '../make-entry.ts'
import { claimed, pause, RULE, SOURCE } from './hold-back.ts'

/** More than one claim holds back, and than one releases. */
const MANY = 450
const MAX_CALLS = 200

/** How tasks that were held back are put back in order. */
export const releaseCases: readonly StoreCase[] = [
  {
    title: 'passes over any number of tasks that are held back, to those behind them',
    async check(tested) {
      const { store } = tested
      await acceptMany(store, MANY, { policyKey: 'a' })
      await acceptMany(store, MANY, {})
      const free = await store.accept(makeEntry({ policy: { policyKey: 'a' } }, GITLAB))
      await pause(store, SOURCE)
      assert.deepEqual(await claimUntil(store, 1), [free.events[0]?.tasks[0]?.id])
      await settleDown(tested)
      assert.equal((await store.countTasks()).waiting, 2 * MANY)
    },
  },
  {
    title: 'releases tasks in the order of claims, and later ones queue behind them',
    async check(tested) {
      const { store, another } = tested
      const stores = [store, (await another?.()) ?? store]
      const ids = [...(await acceptMany(store, MANY, {})), ...(await acceptMany(store, MANY, {}))]
      await pause(store, RULE)
      await settleDown(tested)
      assert.equal((await store.resume(RULE, null))?.state, 'resuming')
      const rounds: (readonly string[])[] = []
      while (rounds.flat().length < 2 * MANY + 90) {
        assert(rounds.length < MAX_CALLS, 'the tasks are not given')
        if (rounds.length < 9) ids.push(...(await acceptMany(store, 10, {})))
        const asked = stores.map((each) => claimed(each, { limit: 10 }))
        rounds.push((await Promise.all(asked)).flat().toSorted(byPlace(ids)))
      }
      assert.deepEqual(rounds.flat(), ids)
      assert.deepEqual(await store.pauses(), [])
    },
  },
  {
    title:
      'releases what is more urgent first, and what comes later and is more urgent before that',
    async check(tested) {
      const { store } = tested
      const [low, high] = [
        await acceptMany(store, MANY, { priority: 0 }),
        await acceptMany(store, MANY, { priority: 5 }),
      ]
      await pause(store, RULE)
      await settleDown(tested)
      await store.resume(RULE, null)
      const first = await claimUntil(store, 50)
      const urgent = await acceptMany(store, 20, { priority: 9 })
      const rest = await claimUntil(store, 2 * MANY - 30)
      assert.deepEqual(
        [...first, ...rest],
        [...high.slice(0, 50), ...urgent, ...high.slice(50), ...low],
      )
    },
  },
  {
    title: 'keeps the order of each key, whatever claims at the same time',
    async check(tested) {
      const { store, another } = tested
      const stores = [store, (await another?.()) ?? store]
      const keys = ['a', 'b', 'c', 'd', 'e']
      const expected = new Map<string, string[]>()
      const acceptRound = async (count: number) => {
        for (const policyKey of keys) {
          const ids = await acceptMany(store, count, { policyKey })
          expected.set(policyKey, [...(expected.get(policyKey) ?? []), ...ids])
        }
      }
      await acceptRound(45)
      await pause(store, RULE)
      await settleDown(tested)
      await acceptRound(5)
      await store.resume(RULE, null)
      const programs = [limited({ concurrency: 1 })]
      const given = new Map<string, string[]>()
      for (let round = 0, ended = 0; ended < 250; round++) {
        assert(round < 3 * MAX_CALLS, 'the tasks are not given')
        const claims = await Promise.all(
          [...stores, ...stores].map((each) => claim(each, { programs, limit: 3 })),
        )
        for (const { task } of claims.flat()) {
          const key = task.policyKey ?? ''
          given.set(key, [...(given.get(key) ?? []), task.id])
        }
        const settled = claims.flat().map(({ lease }) => store.settle(lease, makeSettlement()))
        assert((await Promise.all(settled)).every((isHeld) => isHeld))
        ended += settled.length
      }
      assert.deepEqual(Object.fromEntries(given), Object.fromEntries(expected))
    },
  },
  {
    title: 'holds back again what a pause has not released when it is begun again',
    async check(tested) {
      const { store } = tested
      const ids = await acceptMany(store, MANY, {})
      await pause(store, RULE)
      await settleDown(tested)
      await store.resume(RULE, null)
      const first = await claimed(store)
      assert.deepEqual(first, ids.slice(0, 10))
      assert.equal((await pause(store, RULE)).state, 'paused')
      await settleDown(tested)
      await store.resume(RULE, null)
      assert.deepEqual(await claimUntil(store, MANY - 10), ids.slice(10))
    },
  },
  {
    title: 'leaves with another pause what that holds back too',
    async check(tested) {
      const { store } = tested
      const ids = await acceptMany(store, MANY, {})
      await pause(store, RULE)
      await settleDown(tested)
      await pause(store, SOURCE)
      await store.resume(RULE, null)
      await settleDown(tested)
      assert.deepEqual(
        (await store.pauses()).map(({ kind }) => kind),
        ['source'],
      )
      await store.resume(SOURCE, null)
      assert.deepEqual(await claimUntil(store, MANY), ids)
    },
  },
  {
    title: 'goes on to release after a restart',
    async check(tested) {
      const { store, reopen } = tested
      const ids = await acceptMany(store, MANY, {})
      await pause(store, RULE)
      await settleDown(tested)
      await store.resume(RULE, null)
      const again = await reopen()
      assert.deepEqual(await claimUntil(again, MANY), ids)
      assert.deepEqual(await again.pauses(), [])
    },
  },
]

const GITLAB = { source: 'gitlab' }

/** Accepts tasks one after the other in one delivery. Returns their ids. */
async function acceptMany(
  store: StoreInstance,
  count: number,
  policy: Partial<Pick<NewTask, 'policyKey' | 'priority'>>,
): Promise<readonly string[]> {
  const entries = Array.from({ length: count }, () => makeEntry({ policy }))
  const events = entries.flatMap((entry) => entry.events)
  const [first] = entries
  assert(first !== undefined)
  const receipt = await store.accept({ ...first, events })
  return receipt.events.flatMap(({ tasks }) => tasks.map(({ id }) => id))
}

/** Claims until nothing more is due, which must give no task. */
async function settleDown({ store, now }: StoreUnderTest): Promise<void> {
  for (let call = 0; call < MAX_CALLS; call++) {
    assert.deepEqual(await claimed(store), [])
    const dueAt = await store.nextDueAt([limited()])
    if (dueAt === null || dueAt > now()) return
  }
  assert.fail('tasks that are held back are due')
}

/** Claims so many tasks, by as many calls as that takes. */
async function claimUntil(
  store: StoreInstance,
  count: number,
  request: Partial<Pick<ClaimRequest, 'limit'>> = {},
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let call = 0; ids.length < count; call++) {
    assert(call < MAX_CALLS, `after ${call} claims ${ids.length} of ${count} tasks were given`)
    ids.push(...(await claimed(store, request)))
  }
  return ids
}

function byPlace(ids: readonly string[]): (one: string, other: string) => number {
  return (one, other) => ids.indexOf(one) - ids.indexOf(other)
}
