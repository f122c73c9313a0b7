import assert from 'node:assert/strict'
import type { BreakerUse } from '../../../contracts/pause.ts'
import type { Claim, Settlement, StoreInstance } from '../../../contracts/store.ts'
import type { StoreCase } from '../adapter.ts'
import {
  acceptTask,
  claim,
  claimOne,
  letLeaseRunOut,
  limited,
  makeBreaker,
  makeEntry,
  makeSettlement,
  PROGRAM,
} from '../make-entry.ts'
import { claimed, pause } from './hold-back.ts'

const DEPLOY = { kind: 'program', name: PROGRAM } as const
const PROBE_MS = 60_000
const DEAD = { state: 'dead', attempt: 'failed' } as const

/** How programs whose tasks die one after the other are paused, and tried again. */
export const breakerCases: readonly StoreCase[] = [
  {
    title: 'opens after so many tasks dead in a row, and says so once',
    async check({ store, now }) {
      await end(store, DEAD)
      await end(store, DEAD)
      assert.deepEqual(await store.pauses(), [])
      const before = Math.trunc(now())
      await end(store, DEAD)
      const [opened, ...more] = await store.pauses()
      assert(opened !== undefined && more.length === 0)
      const { since, probe, ...rest } = opened
      const reason = '3 tasks dead in a row'
      assert.deepEqual(rest, { ...DEPLOY, state: 'paused', by: 'breaker', reason })
      assert(since >= before && since <= now())
      assert.deepEqual(probe, { at: since + PROBE_MS, taskId: null })
      assert.deepEqual(await told(store), ['turned'])
      const id = await acceptTask(store)
      assert.deepEqual(await claimed(store), [])
      assert.equal(await store.nextDueAt([limited()]), since + PROBE_MS)
      assert.equal((await store.task(id))?.state, 'waiting')
    },
  },
  {
    title: 'counts only tasks that are dead, and only in a row',
    async check({ store }) {
      for (const ending of [DEAD, DEAD, {}, DEAD, DEAD] as const) await end(store, ending)
      for (const ending of [
        { state: 'waiting', attempt: 'failed', dueAt: 1e15 },
        { state: 'waiting', attempt: 'returned', dueAt: 1e15 },
        { state: 'cancelled', attempt: 'cancelled' },
      ] as const) {
        await end(store, ending)
      }
      await end(store, DEAD, { program: 'other' })
      await end(store, DEAD, { after: null })
      assert.deepEqual(await store.pauses(), [])
      await end(store, DEAD)
      assert.equal((await store.pauses()).length, 1)
    },
  },
  {
    title: 'counts across nodes and restarts, and opens once',
    async check({ store, another, reopen }) {
      await end(store, DEAD)
      await end(store, DEAD)
      const again = await reopen()
      const node = await another?.()
      for (let index = 0; index < 6; index++) await acceptTask(again)
      const claims = await claim(again)
      const stores = [again, node ?? again]
      const settle = async (settled: readonly Claim[]) => {
        const settling = settled.map((each, index) =>
          settleAs(stores[index % 2] ?? again, each, DEAD, { after: 5 }),
        )
        await Promise.all(settling)
      }
      await settle(claims.slice(0, 2))
      assert.deepEqual(await again.pauses(), [])
      await settle(claims.slice(2))
      assert.equal((await again.pauses()).length, 1)
      assert.deepEqual(await told(again), ['turned'])
    },
  },
  {
    title: 'lets one task through at a time, on all nodes together',
    async check({ store, another, advance }) {
      const stores = [store, (await another?.()) ?? store]
      await open(store)
      const ids = [await acceptTask(store), await acceptTask(store, { policy: KEY })]
      await advance(PROBE_MS - 1000)
      assert.deepEqual(await claimed(store), [])
      await advance(1001)
      const asked = [...stores, ...stores].map((each) => claim(each))
      const [probe, ...more] = (await Promise.all(asked)).flat()
      assert(probe !== undefined && more.length === 0)
      assert.equal(probe.isProbe, true)
      assert(ids.includes(probe.task.id))
      assert.equal((await store.pauses())[0]?.probe?.taskId, probe.task.id)
      await advance(10_000)
      assert.deepEqual(await claimed(store), [])
    },
  },
  {
    title: 'closes when a probe succeeds, and says so',
    async check({ store, advance }) {
      await open(store)
      const ids = [await acceptTask(store), await acceptTask(store)]
      await advance(PROBE_MS)
      const probe = await claimOne(store)
      assert.equal(probe.task.id, ids[0])
      await settleAs(store, probe, {}, { isProbe: true })
      assert.deepEqual(await store.pauses(), [])
      assert.deepEqual(await told(store), ['turned'])
      const [next] = await claim(store)
      assert.deepEqual([next?.task.id, next?.isProbe], [ids[1], undefined])
      // It counts from the beginning.
      assert(next !== undefined)
      await settleAs(store, next, DEAD)
      assert.deepEqual(await store.pauses(), [])
    },
  },
  {
    title: 'stays open when a probe fails, and tries again later',
    async check({ store, advance, now }) {
      await open(store)
      for (const ending of [DEAD, { state: 'waiting', attempt: 'failed', dueAt: 1e15 }] as const) {
        await acceptTask(store)
        await acceptTask(store)
        await advance(PROBE_MS)
        const probe = await claimOne(store)
        const before = Math.trunc(now())
        await settleAs(store, probe, ending, { isProbe: true })
        const [pausing] = await store.pauses()
        assert.equal(pausing?.probe?.taskId, null)
        assert((pausing?.probe?.at ?? 0) >= before + PROBE_MS)
        assert.deepEqual(await claimed(store), [])
      }
      assert.deepEqual(await told(store), [])
    },
  },
  {
    title: 'tries again at once after a probe that was cancelled or handed back',
    async check({ store, advance }) {
      await open(store)
      await acceptTask(store)
      await advance(PROBE_MS)
      const returned = { state: 'waiting', attempt: 'returned' } as const
      const first = await claimOne(store)
      await settleAs(store, first, returned, { isProbe: true })
      const second = await claimOne(store)
      assert.equal(second.task.id, first.task.id)
      const cancelled = { state: 'cancelled', attempt: 'cancelled' } as const
      await settleAs(store, second, cancelled, { isProbe: true })
      const id = await acceptTask(store)
      assert.deepEqual(await claimed(store), [id])
    },
  },
  {
    title: 'tries again once the lease of a probe has run out',
    async check(tested) {
      const { store, advance } = tested
      await open(store)
      const id = await acceptTask(store)
      await advance(PROBE_MS)
      assert.deepEqual(await claimed(store), [id])
      await letLeaseRunOut(tested)
      assert.deepEqual(await claimed(store), [])
      await advance(PROBE_MS)
      assert.deepEqual(await claimed(store), [id])
    },
  },
  {
    title: 'goes on to try although its program has no breaker any more',
    async check({ store, advance, now }) {
      await open(store)
      await acceptTask(store)
      const none = { isProbe: true, after: null, probeMs: 0 }
      await advance(PROBE_MS)
      const before = Math.trunc(now())
      const failing = { state: 'waiting', attempt: 'failed', dueAt: 0 } as const
      await settleAs(store, await claimOne(store), failing, none)
      assert(((await store.pauses())[0]?.probe?.at ?? 0) >= before + PROBE_MS)
      await advance(PROBE_MS)
      await settleAs(store, await claimOne(store), {}, none)
      assert.deepEqual(await store.pauses(), [])
    },
  },
  {
    title: 'lets a person close it, which forgets what was counted',
    async check({ store }) {
      await open(store)
      assert.equal((await store.resume(DEPLOY, null))?.state, 'ended')
      await end(store, DEAD)
      await end(store, DEAD)
      assert.deepEqual(await store.pauses(), [])
      await end(store, DEAD)
      assert.equal((await store.pauses()).length, 1)
    },
  },
  {
    title: 'lets a person keep it: then nothing is tried, and no probe ends the pause',
    async check({ store, advance }) {
      await open(store)
      await acceptTask(store)
      await advance(PROBE_MS)
      const probe = await claimOne(store)
      const kept = await pause(store, DEPLOY, 'until Monday')
      assert.deepEqual([kept.by, kept.probe], ['ci', null])
      await settleAs(store, probe, {}, { isProbe: true })
      assert.deepEqual(await store.pauses(), [kept])
      await acceptTask(store)
      await advance(10 * PROBE_MS)
      assert.deepEqual(await claimed(store), [])
      assert.equal(await store.nextDueAt([limited()]), null)
    },
  },
  {
    title: 'does not count what ends while the program is paused',
    async check({ store }) {
      for (let index = 0; index < 5; index++) await acceptTask(store)
      const claims = await claim(store)
      await pause(store, DEPLOY)
      for (const each of claims) await settleAs(store, each, DEAD)
      const [kept] = await store.pauses()
      assert.equal(kept?.by, 'ci')
      await store.resume(DEPLOY, null)
      await end(store, DEAD)
      assert.deepEqual(await store.pauses(), [])
    },
  },
]

const KEY = { policyKey: 'a' }

/** Accepts, claims and settles a task of a program with a breaker that opens after 3. */
async function end(
  store: StoreInstance,
  ending: Partial<Settlement>,
  use: Partial<BreakerUse> = {},
): Promise<void> {
  const program = use.program ?? PROGRAM
  await acceptTask(store, { programs: [program] })
  const [one] = await claim(store, { programs: [program], limit: 1 })
  assert(one !== undefined)
  await settleAs(store, one, ending, use)
}

async function settleAs(
  store: StoreInstance,
  { lease }: Claim,
  ending: Partial<Settlement>,
  use: Partial<BreakerUse> = {},
): Promise<void> {
  const event = makeEntry({ type: 'turned', programs: ['tell'] }, { source: 'hookline' })
  const breaker = makeBreaker({ probeMs: PROBE_MS, event, ...use })
  assert.equal(await store.settle(lease, makeSettlement({ ...ending, breaker })), true)
}

/** Opens the breaker. What it says is taken. */
async function open(store: StoreInstance): Promise<void> {
  for (let index = 0; index < 3; index++) await end(store, DEAD)
  assert.deepEqual(await told(store), ['turned'])
}

/** Types of the events that were accepted since. */
async function told(store: StoreInstance): Promise<readonly string[]> {
  const claims = await claim(store, { programs: ['tell'] })
  for (const { lease } of claims) await store.settle(lease, makeSettlement())
  return claims.map(({ task }) => task.eventType)
}
