import assert from 'node:assert/strict'
import type { PauseTarget } from '../../../contracts/pause.ts'
import type { StoreChange, StoreInstance } from '../../../contracts/store.ts'
import type { StoreCase } from '../adapter.ts'
import {
  acceptTask,
  claim,
  type EventFields,
  letLeaseRunOut,
  limited,
  makeEntry,
  makeSettlement,
  PROGRAM,
} from '../make-entry.ts'

export const RULE: PauseTarget = { kind: 'rule', name: `rule-${PROGRAM}` }
export const SOURCE: PauseTarget = { kind: 'source', name: 'github' }
const DEPLOY: PauseTarget = { kind: 'program', name: PROGRAM }
const KINDS = [DEPLOY, RULE, SOURCE]
const OTHER = 'other'

/** What a pause holds back, and what it leaves alone. */
export const pauseCases: readonly StoreCase[] = [
  {
    title: 'shows what is paused: since when, by whom and why',
    async check({ store, now, reopen }) {
      assert.deepEqual(await store.pauses(), [])
      const before = Math.trunc(now())
      const first = await pause(store, RULE, 'it fails')
      assert.deepEqual(first, { ...RULE, ...BY, ...PAUSED, since: first.since, reason: 'it fails' })
      assert.ok(first.since >= before && first.since <= now())
      const odd = { kind: 'rule', name: 'deploy on a:b/c ü' } as const
      await pause(store, odd, 'a\0b')
      await pause(store, DEPLOY)
      const shown = await store.pauses()
      assert.deepEqual(
        shown.map(({ kind, name, reason }) => [kind, name, reason]),
        [
          ['program', PROGRAM, null],
          ['rule', odd.name, 'a\0b'],
          ['rule', RULE.name, 'it fails'],
        ],
      )
      assert.deepEqual(await (await reopen()).pauses(), shown)
    },
  },
  {
    title: 'keeps the time of a pause that is begun again, and takes over by whom and why',
    async check({ store, advance }) {
      const { since } = await pause(store, DEPLOY, 'first')
      await advance(60_000)
      const again = await store.pause({ ...DEPLOY, by: 'alice', reason: 'second' }, null)
      assert.deepEqual(again, { ...DEPLOY, ...PAUSED, since, by: 'alice', reason: 'second' })
      assert.deepEqual(await store.pauses(), [again])
    },
  },
  {
    title: 'answers null for what is not paused',
    async check({ store }) {
      await pause(store, DEPLOY)
      for (const target of [RULE, { ...DEPLOY, name: OTHER }]) {
        assert.equal(await store.resume(target, null), null)
      }
      assert.equal((await store.resume(DEPLOY, null))?.state, 'ended')
      assert.equal(await store.resume(DEPLOY, null), null)
      assert.deepEqual(await store.pauses(), [])
    },
  },
  ...KINDS.flatMap((target) => casesOf(target)),
  {
    title: 'leaves alone what is not of the target',
    async check({ store }) {
      const ids = [
        await acceptTask(store),
        await acceptTask(store, { programs: [OTHER] }),
        (await store.accept(makeEntry({}, { source: 'gitlab' }))).events[0]?.tasks[0]?.id,
      ]
      const claimed = async (target: PauseTarget) => {
        await pause(store, target)
        const claims = await claim(store, { programs: [PROGRAM, OTHER] })
        for (const { lease } of claims) await store.settle(lease, RETURNED)
        await store.resume(target, null)
        return claims.map(({ task }) => task.id)
      }
      assert.deepEqual(await claimed(DEPLOY), [ids[1]])
      assert.deepEqual(await claimed(RULE), [ids[1]])
      assert.deepEqual(await claimed(SOURCE), [ids[2]])
      assert.deepEqual(await claimed({ kind: 'rule', name: 'rule' }), ids)
    },
  },
  {
    title: 'holds back a task until the last of its pauses has ended',
    async check({ store }) {
      const id = await acceptTask(store)
      await pause(store, SOURCE)
      assert.deepEqual(await claimed(store), [])
      await pause(store, RULE)
      await pause(store, DEPLOY)
      for (const target of [SOURCE, DEPLOY]) {
        await store.resume(target, null)
        assert.deepEqual(await claimed(store), [])
      }
      await store.resume(RULE, null)
      assert.deepEqual(await claimed(store), [id])
    },
  },
  {
    title: 'tells of each change of a pause',
    async check({ store }) {
      const changes: StoreChange[] = []
      store.subscribe((change) => changes.push(change))
      const told = () => changes.splice(0).map(({ kind }) => kind)
      await pause(store, RULE)
      assert.deepEqual(told(), ['pause'])
      await pause(store, RULE, 'again')
      assert.deepEqual(told(), ['pause'])
      await store.resume(RULE, null)
      assert.deepEqual(told(), ['pause', 'work'])
    },
  },
  {
    title: 'accepts the event of a pause and of its end with them, once',
    async check({ store }) {
      const begin = () => store.pause({ ...RULE, ...BY, reason: null }, event('paused'))
      await begin()
      await begin()
      assert.deepEqual(await claimedTypes(store), ['paused'])
      await store.resume(RULE, event('resumed'))
      assert.deepEqual(await claimedTypes(store), ['resumed'])
      assert.equal(await store.resume(RULE, event('resumed')), null)
      assert.deepEqual(await claimedTypes(store), [])
    },
  },
]

function casesOf(target: PauseTarget): readonly StoreCase[] {
  const { kind } = target
  return [
    {
      title: `claims no task of a ${kind} that is paused, and accepts them`,
      async check({ store, another, reopen }) {
        const other = (await another?.()) ?? store
        const ids = [await acceptTask(store), await acceptTask(store, { policy: KEY })]
        assert.equal((await pause(store, target)).state, 'paused')
        for (const each of [store, other]) assert.deepEqual(await claimed(each), [])
        ids.push(await acceptTask(store), await acceptTask(other, { policy: KEY }))
        for (const each of [store, other]) assert.deepEqual(await claimed(each), [])
        assert.equal((await store.countTasks()).waiting, 4)
        assert.equal((await store.backlog())[0]?.waiting, 4)
        assert.equal(await store.nextDueAt([limited()]), null)
        const again = await reopen()
        assert.deepEqual(await claimed(again), [])
        assert.equal((await again.resume(target, null))?.state, 'ended')
        assert.deepEqual(await claimed(again), ids)
      },
    },
    {
      title: `lets tasks of a ${kind} that is paused run to their end, and be tried again later`,
      async check(tested) {
        const { store } = tested
        const [first, second, third] = [1, 2, 3].map(() => acceptTask(store))
        for (const id of [first, second, third]) await id
        const claims = await claim(store)
        await pause(store, target)
        const lease = (index: number) => claims[index]?.lease ?? { taskId: '', fence: 0 }
        assert.equal(await store.settle(lease(0), makeSettlement()), true)
        assert.equal(await store.settle(lease(1), RETURNED), true)
        assert.deepEqual(await claimed(store), [])
        await letLeaseRunOut(tested)
        assert.deepEqual(await claimed(store), [])
        assert.equal((await store.task((await third) ?? ''))?.lostAttempts, 1)
        assert.equal(await store.nextDueAt([limited()]), null)
        await store.resume(target, null)
        assert.deepEqual((await claimed(store)).toSorted(), [await second, await third].toSorted())
      },
    },
    {
      title: `cancels and retries tasks of a ${kind} that is paused, and shows when they were due`,
      async check({ store, now }) {
        const dueAt = Math.trunc(now()) - 5000
        const ids = [await acceptTask(store, { dueAt }), await acceptTask(store, { dueAt })]
        await pause(store, target)
        assert.deepEqual(await claimed(store), [])
        const [first = '', second = ''] = ids
        assert.equal((await store.task(first))?.dueAt, dueAt)
        assert.equal((await store.cancel(first))?.dueAt, dueAt)
        assert.equal((await store.task(first))?.state, 'cancelled')
        assert.equal((await store.retry(first))?.state, 'waiting')
        assert.deepEqual(await claimed(store), [])
        await store.cancel(second)
        await store.resume(target, null)
        assert.deepEqual(await claimed(store), [first])
      },
    },
    {
      title: `lets a newer task replace those of a ${kind} that is paused`,
      async check({ store }) {
        for (const policyKey of ['a', null]) {
          const policy = { policyKey, replaces: 'waiting' } as const
          const earlier = await acceptTask(store, { policy })
          await pause(store, target)
          assert.deepEqual(await claimed(store), [])
          const newer = await acceptTask(store, { policy })
          assert.deepEqual(await claimed(store), [])
          assert.equal((await store.task(earlier))?.state, 'cancelled')
          await store.resume(target, null)
          assert.deepEqual(await claimed(store), [newer])
        }
      },
    },
    {
      title: `counts the starts of a ${kind} by its rate after a pause too`,
      async check({ store, advance }) {
        const programs = [limited({ rateLimit: { count: 2, perSeconds: 20 } })]
        const ids: string[] = []
        for (let index = 0; index < 4; index++) ids.push(await acceptTask(store, { policy: KEY }))
        await pause(store, target)
        assert.deepEqual(await claimed(store, { programs }), [])
        await store.resume(target, null)
        assert.deepEqual(await claimed(store, { programs }), ids.slice(0, 2))
        assert.deepEqual(await claimed(store, { programs }), [])
        await advance(20_001)
        assert.deepEqual(await claimed(store, { programs }), ids.slice(2))
      },
    },
  ]
}

/** Fields of a pause that a person began. */
export const BY = { by: 'ci' }
const PAUSED = { state: 'paused', probe: null } as const
const KEY = { policyKey: 'a' }
const RETURNED = makeSettlement({ state: 'waiting', attempt: 'returned' })

export function pause(store: StoreInstance, target: PauseTarget, reason: string | null = null) {
  return store.pause({ ...target, ...BY, reason }, null)
}

/** Ids of the tasks that one claim gets. */
export async function claimed(
  store: StoreInstance,
  request: Parameters<typeof claim>[1] = {},
): Promise<readonly string[]> {
  return (await claim(store, request)).map(({ task }) => task.id)
}

function event(type: string, fields: EventFields = {}) {
  return makeEntry({ type, programs: [OTHER], ...fields }, { source: 'hookline' })
}

async function claimedTypes(store: StoreInstance): Promise<readonly string[]> {
  const claims = await claim(store, { programs: [OTHER] })
  for (const { lease } of claims) await store.settle(lease, makeSettlement())
  return claims.map(({ task }) => task.eventType)
}
