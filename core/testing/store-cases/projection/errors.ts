import assert from 'node:assert/strict'
import type { Death, ErrorFilter } from '../../../contracts/counts.ts'
import type { StoreInstance } from '../../../contracts/store.ts'
import type { StoreCase } from '../adapter.ts'
import { claim, makeEntry } from '../make-entry.ts'
import { endedTask, endTask, KEEP_ALL, LIMIT, prune } from '../pruning.ts'
import { project } from './project.ts'

const DEAD = { state: 'dead', attempt: 'failed', exitCode: 1, reason: 'no disk' } as const
const GROUP = 'err_1'
const DAY_MS = 86_400_000

/** A task that has ended dead, as a projection names it. */
async function death(store: StoreInstance, fields: Partial<Death> = {}): Promise<Death> {
  const taskId = await endedTask(store, DEAD)
  return { ...(await deathNow(store, taskId)), ...fields }
}

async function deathNow(store: StoreInstance, taskId: string): Promise<Death> {
  const at = (await store.task(taskId))?.endedAt ?? 0
  return { taskId, group: GROUP, program: 'deploy', reason: 'no disk', at }
}

/** Number of tasks by group. */
async function numbers(store: StoreInstance, filter: Partial<ErrorFilter> = {}) {
  const { groups } = await store.errors({ limit: LIMIT, ...filter })
  return Object.fromEntries(groups.map(({ id, count }) => [id, count]))
}

/** Groups of tasks that are dead. */
export const errorCases: readonly StoreCase[] = [
  {
    title: 'groups tasks that are dead, with the first and the last death',
    async check({ store, advance, reopen }) {
      const first = await death(store)
      await advance(1_000)
      const second = await death(store)
      await advance(1_000)
      const other = await death(store, { group: 'err_2', reason: 'no memory' })
      await advance(1_000)
      const last = await death(store)
      // The newest notes are projected first.
      await project(store, { deaths: [other, last] })
      await project(store, { deaths: [first, second] })
      const again = await reopen()
      const expected = [
        ...[{ ...group(last), count: 3, firstAt: first.at }],
        ...[{ ...group(other), count: 1, firstAt: other.at }],
      ]
      assert.deepEqual(await again.errors({ limit: LIMIT }), { groups: expected, next: null })
    },
  },
  {
    title: 'counts each task once, however often its death is projected',
    async check({ store }) {
      const dead = await death(store)
      await project(store, { deaths: [dead, dead] })
      await project(store, { deaths: [dead] })
      assert.deepEqual(await numbers(store), { [GROUP]: 1 })
    },
  },
  {
    title: 'takes a task that is retried out of its group; the group is not listed without tasks',
    async check({ store, advance }) {
      const [one, two] = [await death(store), await death(store)]
      await project(store, { deaths: [one, two] })
      await store.retry(one.taskId)
      assert.deepEqual(await numbers(store), { [GROUP]: 1 })
      const writes = [{ collection: 'jobs', name: 'a', value: '{}' }]
      const tasks = { action: 'retry', ids: [two.taskId], states: ['dead'] } as const
      await store.bulk({ tasks, writes })
      assert.deepEqual(await store.errors({ limit: LIMIT }), { groups: [], next: null })
      await advance(1_000)
      await claim(store, { limit: 1 })
      const [rest] = await claim(store)
      assert(rest)
      await store.settle(rest.lease, { ...DEAD, result: null })
      const again = await deathNow(store, rest.task.id)
      await project(store, { deaths: [again] })
      const { groups } = await store.errors({ limit: LIMIT })
      const [found] = groups
      // It still knows when it was first seen.
      assert.deepEqual([found?.count, found?.firstAt, found?.lastAt], [1, one.at, again.at])
    },
  },
  {
    title: 'counts no task that was retried before its death was projected',
    async check({ store, advance }) {
      const before = await death(store)
      await store.retry(before.taskId)
      await project(store, { deaths: [before] })
      assert.deepEqual(await numbers(store), {})
      await advance(1_000)
      await endedTask(store, DEAD, before.taskId)
      const now = { ...(await deathNow(store, before.taskId)), group: 'err_2' }
      // It is dead again, but not of this any more.
      await project(store, { deaths: [before] })
      assert.deepEqual(await numbers(store), {})
      await project(store, { deaths: [now] })
      await project(store, { deaths: [before] })
      assert.deepEqual(await numbers(store), { err_2: 1 })
    },
  },
  {
    title: 'takes tasks out of their groups when they or their deliveries are deleted',
    async check({ store, now, advance }) {
      const one = await death(store)
      const entry = makeEntry()
      await endTask(store, entry, DEAD)
      const two = await deathNow(store, entry.events[0]?.tasks[0]?.id ?? '')
      await project(store, { deaths: [one, two] })
      await advance(1_000)
      const kept = await death(store)
      await project(store, { deaths: [kept] })
      assert.deepEqual(await numbers(store), { [GROUP]: 3 })
      await prune(store, { ...KEEP_ALL, keepTasks: 2 })
      assert.deepEqual(await numbers(store), { [GROUP]: 2 })
      await prune(store, { ...KEEP_ALL, deliveriesBefore: now() + DAY_MS })
      assert.deepEqual(await numbers(store), {})
      await project(store, { deaths: [one, two, kept] })
      assert.deepEqual(await numbers(store), {})
    },
  },
  {
    title: 'lists groups by program and time, a page at a time',
    async check({ store, advance }) {
      const deaths: Death[] = []
      for (let index = 0; index < 5; index++) {
        const program = index % 2 === 0 ? 'deploy' : 'build'
        deaths.push(await death(store, { group: `err_${index}`, program }))
        // The last two have died at the same time.
        if (index < 3) await advance(1_000)
      }
      const [, , third] = deaths
      await project(store, { deaths })
      const seen: string[] = []
      for (let after: string | null | undefined; after !== null; ) {
        const filter: ErrorFilter = { limit: 2, ...(after === undefined ? {} : { after }) }
        const page = await store.errors(filter)
        assert(page.groups.length <= 2)
        seen.push(...page.groups.map(({ id }) => id))
        after = page.next
      }
      assert.deepEqual(seen, ['err_4', 'err_3', 'err_2', 'err_1', 'err_0'])
      assert.deepEqual(Object.keys(await numbers(store, { program: 'build' })), ['err_3', 'err_1'])
      const since = { since: third?.at ?? 0 }
      assert.deepEqual(Object.keys(await numbers(store, since)), ['err_4', 'err_3', 'err_2'])
      assert.deepEqual(Object.keys(await numbers(store, { ...since, program: 'build' })), ['err_3'])
      assert.deepEqual(await numbers(store, { program: 'nobody' }), {})
      assert.equal((await store.errors({ limit: LIMIT, after: 'not a cursor' })).groups.length, 5)
    },
  },
  {
    title: 'keeps any text of a reason',
    async check({ store }) {
      for (const [index, reason] of ['a\0b\u0001', 'hl1.abc', '', '\u{1f600} ä\n'].entries()) {
        await project(store, { deaths: [await death(store, { group: `err_${index}`, reason })] })
        const [found] = (await store.errors({ limit: 1 })).groups
        assert.equal(found?.reason, reason)
      }
    },
  },
  {
    title: 'forgets groups without tasks after 90 days',
    async check({ store, now, advance }) {
      const [one, other] = [await death(store), await death(store, { group: 'err_2' })]
      await project(store, { deaths: [one, other] })
      await store.retry(one.taskId)
      await claim(store)
      await prune(store, { ...KEEP_ALL, countsAt: now() + 91 * DAY_MS })
      assert.deepEqual(await numbers(store), { err_2: 1 })
      await advance(1_000)
      const again = await death(store)
      await project(store, { deaths: [again] })
      const { groups } = await store.errors({ limit: LIMIT })
      assert.equal(groups.find(({ id }) => id === GROUP)?.firstAt, again.at)
    },
  },
]

function group({ group: id, program, reason, at, taskId }: Death) {
  return { id, program, reason, lastAt: at, lastTask: taskId }
}
