import assert from 'node:assert/strict'
import type { StoreChange, StoreInstance } from '../../contracts/store.ts'
import type { TaskState } from '../../contracts/task.ts'
import type { StoreCase } from './adapter.ts'
import {
  acceptTask,
  claim,
  claimOne,
  type EventFields,
  letLeaseRunOut,
  makeDelivery,
  makeEntry,
  makeEvent,
  makeSettlement,
} from './make-entry.ts'

const LATEST = { policy: { policyKey: 'main', replaces: 'waiting' } } as const
const STOPPING = { policy: { policyKey: 'main', replaces: 'all' } } as const

/** New tasks that replace earlier ones of their key. */
export const replaceCases: readonly StoreCase[] = [
  ...([LATEST, { policy: { replaces: 'waiting' } }] as const).map(
    (fields: EventFields): StoreCase => ({
      title: `replaces what waits ${fields === LATEST ? 'under its key' : 'without a key'}, and nothing else`,
      async check({ store }) {
        const replaced = [await acceptTask(store, fields), await acceptTask(store, fields)]
        const others = [
          await acceptTask(store, { ...fields, programs: ['build'] }),
          await acceptTask(store, { policy: { policyKey: 'other' } }),
          await acceptTask(store, { policy: { policyKey: '' } }),
        ]
        const newest = await acceptTask(store, fields)
        assert.deepEqual(await statesOf(store, replaced), ['cancelled', 'cancelled'])
        assert.deepEqual(await statesOf(store, others), ['waiting', 'waiting', 'waiting'])
        const task = await store.task(replaced[1] ?? '')
        assert.equal(task?.reason, `replaced by ${newest}`)
        assert.equal(typeof task?.endedAt, 'number')
        assert.equal((await claim(store)).at(-1)?.task.id, newest)
      },
    }),
  ),
  {
    title: 'leaves only the last task of a burst, which is due after its delay',
    async check({ store, now, advance }) {
      const dueAt = now() + 5000
      const burst = { dueAt, ...LATEST }
      const ids = await Promise.all(Array.from({ length: 100 }, () => acceptTask(store, burst)))
      assert.deepEqual(
        await statesOf(store, ids),
        ids.map((_, index) => (index < 99 ? 'cancelled' : 'waiting')),
      )
      assert.deepEqual(await claim(store), [])
      assert.equal(await store.nextDueAt([limitless()]), dueAt)
      await advance(5001)
      assert.equal((await claimOne(store)).task.id, ids[99])
      assert.equal(await store.nextDueAt([limitless('build')]), null)
    },
  },
  {
    title: 'replaces within one delivery too, and says so in the receipt',
    async check({ store }) {
      const events = [makeEvent(LATEST), makeEvent(LATEST), makeEvent(LATEST)]
      const receipt = await store.accept({ delivery: makeDelivery(), events })
      const tasks = receipt.events.flatMap((event) => event.tasks)
      const expected = ['cancelled', 'cancelled', 'waiting']
      assert.deepEqual(
        tasks.map(({ state }) => state),
        expected,
      )
      const ids = tasks.map(({ id }) => id)
      assert.deepEqual(await statesOf(store, ids), expected)
    },
  },
  {
    title: 'lets a running task end as it does, but not be tried again',
    async check({ store }) {
      const [first, second] = [await acceptTask(store, LATEST), await run(store)]
      const third = await acceptTask(store, LATEST)
      assert.deepEqual(await store.renew([second], 30), [{ taskId: first, status: 'held' }])
      const failed = { state: 'waiting', attempt: 'failed', exitCode: 1, reason: 'no' } as const
      assert.equal(await store.settle(second, makeSettlement(failed)), true)
      const task = await store.task(first)
      assert.deepEqual([task?.state, task?.reason], ['cancelled', `replaced by ${third}`])
      assert.equal((await store.attempts(first))[0]?.reason, 'no')

      const lease = await run(store)
      await acceptTask(store, LATEST)
      await store.settle(lease, makeSettlement())
      assert.deepEqual(await statesOf(store, [third]), ['succeeded'])
    },
  },
  {
    title: 'asks a running task to end if it is to be replaced too',
    async check({ store }) {
      const id = await acceptTask(store, STOPPING)
      const lease = await run(store)
      const changes = listen(store)
      const newest = await acceptTask(store, STOPPING)
      assert.equal((await store.task(id))?.cancelRequested, true)
      assert.deepEqual(await store.renew([lease], 30), [{ taskId: id, status: 'cancel' }])
      const cancelled = { state: 'cancelled', attempt: 'cancelled', exitCode: null } as const
      await store.settle(lease, makeSettlement({ ...cancelled, reason: 'cancelled' }))
      const task = await store.task(id)
      assert.deepEqual([task?.state, task?.reason], ['cancelled', `replaced by ${newest}`])
      await store.ping()
      assert(changes.some((change) => change.kind === 'cancel' && change.taskId === id))
    },
  },
  {
    title: 'cancels a replaced task whose node was lost',
    async check(tested) {
      const { store } = tested
      const id = await acceptTask(store, LATEST)
      await run(store)
      const newest = await acceptTask(store, LATEST)
      await letLeaseRunOut(tested)
      assert.equal((await claimOne(store)).task.id, newest)
      const task = await store.task(id)
      assert.deepEqual([task?.state, task?.reason], ['cancelled', `replaced by ${newest}`])
      assert.equal((await store.attempts(id))[0]?.status, 'lost')
    },
  },
  {
    title: 'does not replace anything by a duplicate',
    async check({ store }) {
      const repeated = { senderId: 'one', ...LATEST }
      const id = await acceptTask(store, repeated)
      await store.accept(makeEntry(repeated))
      assert.deepEqual(await statesOf(store, [id]), ['waiting'])
    },
  },
  {
    title: 'lets a replaced task be retried and then replaced again',
    async check({ store }) {
      const id = await acceptTask(store, LATEST)
      const lease = await run(store)
      await acceptTask(store, STOPPING)
      await store.settle(lease, makeSettlement({ state: 'waiting', attempt: 'failed' }))
      await store.settle(await run(store), makeSettlement())
      await store.retry(id)
      const failed = makeSettlement({ state: 'waiting', attempt: 'failed', dueAt: 0 })
      await store.settle(await run(store), failed)
      assert.deepEqual(await statesOf(store, [id]), ['waiting'])
      await acceptTask(store, LATEST)
      assert.deepEqual(await statesOf(store, [id]), ['cancelled'])
    },
  },
  {
    title: 'announces that a replaced task waits, then that it is cancelled',
    async check({ store }) {
      const changes = listen(store)
      const ids = await Promise.all([1, 2, 3].map(() => acceptTask(store, LATEST)))
      await store.ping()
      const told = changes.filter((change) => change.kind === 'task')
      for (const [index, id] of ids.entries()) {
        const states = told.filter(({ taskId }) => taskId === id).map(({ state }) => state)
        assert.deepEqual(states, index < 2 ? ['waiting', 'cancelled'] : ['waiting'])
      }
      assert(changes.some(({ kind }) => kind === 'work'))
    },
  },
]

function limitless(name = 'deploy') {
  return { name, concurrency: null, rateLimit: null }
}

function listen(store: StoreInstance): readonly StoreChange[] {
  const changes: StoreChange[] = []
  store.subscribe((change) => changes.push(change))
  return changes
}

async function run(store: StoreInstance) {
  return (await claimOne(store)).lease
}

function statesOf(
  store: StoreInstance,
  ids: readonly string[],
): Promise<readonly (TaskState | undefined)[]> {
  return Promise.all(ids.map(async (id) => (await store.task(id))?.state))
}
