import assert from 'node:assert/strict'
import type { StoreChange, StoreInstance } from '../../contracts/store.ts'
import type { TaskState } from '../../contracts/task.ts'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claim, claimOne, limited, makeEntry, makeSettlement } from './make-entry.ts'

const WRITE = { collection: 'progress', name: 'one', value: '{"done":1}' }
const DEAD = { state: 'dead', attempt: 'failed', exitCode: 1, reason: 'no' } as const
const SETTLED: readonly TaskState[] = ['succeeded', 'dead', 'cancelled']
const ROUNDS = 10

/** What a person does to a task. */
export const cancelCases: readonly StoreCase[] = [
  {
    title: 'cancels a waiting task at once',
    async check({ store }) {
      const id = await acceptTask(store)
      const task = await store.cancel(id)
      assert.equal(task?.state, 'cancelled')
      assert.equal(typeof task?.endedAt, 'number')
      assert.deepEqual(await store.task(id), task)
      assert.deepEqual(await claim(store), [])
    },
  },
  {
    title: 'asks a running task to end: its node learns that when it renews the lease',
    async check({ store }) {
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      const task = await store.cancel(id)
      assert.equal(task?.state, 'running')
      assert.equal(task?.cancelRequested, true)
      assert.deepEqual(await store.renew([lease], 30), [{ taskId: id, status: 'cancel' }])
      const cancelled = { state: 'cancelled', attempt: 'cancelled', exitCode: null } as const
      assert.equal(await store.settle(lease, makeSettlement(cancelled)), true)
      assert.equal((await store.task(id))?.state, 'cancelled')
    },
  },
  {
    title: 'does not let a task wait for another attempt when it is to be cancelled',
    async check({ store }) {
      const id = await acceptTask(store)
      const { lease } = await claimOne(store)
      await store.cancel(id)
      const failed = { state: 'waiting', attempt: 'failed', exitCode: 1 } as const
      assert.equal(await store.settle(lease, makeSettlement(failed)), true)
      const task = await store.task(id)
      assert.equal(task?.state, 'cancelled')
      assert.equal(typeof task?.endedAt, 'number')
      assert.equal((await store.attempts(id))[0]?.status, 'failed')
      assert.deepEqual(await claim(store), [])
    },
  },
  {
    title: 'does not change a settled task when it is cancelled',
    async check({ store }) {
      const id = await acceptTask(store)
      await store.settle((await claimOne(store)).lease, makeSettlement())
      const before = await store.task(id)
      assert.deepEqual(await store.cancel(id), before)
      assert.deepEqual(await store.task(id), before)
    },
  },
  {
    title: 'lets a settled task wait again, with its attempts at 0 and its history kept',
    async check({ store }) {
      const id = await acceptTask(store)
      const dead = { state: 'dead', attempt: 'failed', exitCode: 1, reason: 'no' } as const
      await store.settle((await claimOne(store)).lease, makeSettlement(dead))
      const waiting = await store.retry(id)
      assert.equal(waiting?.state, 'waiting')
      assert.equal(waiting?.attempts, 0)
      assert.equal(waiting?.endedAt, null)
      const again = await claimOne(store)
      assert.equal(again.task.attempts, 1)
      await store.settle(again.lease, makeSettlement())
      const attempts = await store.attempts(id)
      assert.deepEqual(
        attempts.map(({ status }) => status),
        ['failed', 'succeeded'],
      )
      assert.equal(new Set(attempts.map(({ number }) => number)).size, 2)
      assert((attempts[1]?.number ?? 0) > (attempts[0]?.number ?? 0))
    },
  },
  {
    title: 'forgets the request to cancel when a cancelled task is retried',
    async check({ store }) {
      const id = await acceptTask(store)
      await store.cancel(id)
      assert.equal((await store.retry(id))?.cancelRequested, false)
      const { lease } = await claimOne(store)
      assert.equal((await store.renew([lease], 30))[0]?.status, 'held')
    },
  },
  {
    title: 'does not change a waiting or running task when it is retried',
    async check({ store }) {
      const id = await acceptTask(store)
      const waiting = await store.task(id)
      assert.deepEqual(await store.retry(id), waiting)
      const { task, lease } = await claimOne(store)
      assert.deepEqual(await store.retry(id), task)
      assert.equal(await store.settle(lease, makeSettlement()), true)
    },
  },
  {
    title: 'returns null for an unknown task',
    async check({ store }) {
      assert.equal(await store.cancel('tsk_none'), null)
      assert.equal(await store.retry('tsk_none'), null)
      assert.equal(await store.task('tsk_none'), null)
      assert.equal(await store.delivery('dlv_none'), null)
      assert.deepEqual(await store.attempts('tsk_none'), [])
      assert.deepEqual(await store.events('dlv_none'), [])
    },
  },
]

/** Changes of many tasks, committed with documents. */
export const bulkCases: readonly StoreCase[] = [
  {
    title: 'retries the tasks that are still in one of the states, and writes the documents',
    async check({ store }) {
      const dead = [await makeDead(store), await makeDead(store)]
      const waiting = await acceptTask(store)
      const changes: StoreChange[] = []
      store.subscribe((change) => changes.push(change))
      const ids = [...dead, waiting, 'tsk_none']
      const tasks = { action: 'retry', ids, states: ['dead'] } as const
      const changed = await store.bulk({ tasks, writes: [{ ...WRITE, expect: null }] })
      assert(changed.ok)
      assert.equal(changed.tasks, 2)
      for (const id of dead) {
        const { state, attempts, reason, endedAt } = (await store.task(id)) ?? {}
        assert.deepEqual([state, attempts, reason, endedAt], ['waiting', 0, null, null])
      }
      const [document] = await store.documents('progress')
      assert.deepEqual([document?.value, document?.version], [WRITE.value, changed.versions[0]])
      const announced = dead.map((taskId) => ({ kind: 'task', taskId, state: 'waiting' }))
      const documents = { kind: 'documents', collection: 'progress' }
      for (const change of [...announced, documents, { kind: 'work' }]) {
        assert(
          changes.some((each) => JSON.stringify(each) === JSON.stringify(change)),
          JSON.stringify(change),
        )
      }
      assert.equal((await claim(store)).length, 3)
    },
  },
  {
    title: 'leaves tasks in other states as they are',
    async check({ store }) {
      const id = await makeDead(store)
      await store.retry(id)
      await store.settle((await claimOne(store)).lease, makeSettlement())
      const before = await store.task(id)
      for (const [action, states] of [
        ['retry', ['dead', 'cancelled']],
        ['cancel', ['waiting', 'running']],
        ['cancel', SETTLED],
      ] as const) {
        const changed = await store.bulk({ tasks: { action, ids: [id], states }, writes: [] })
        assert.deepEqual(changed, { ok: true, versions: [], tasks: 0 })
      }
      assert.deepEqual(await store.task(id), before)
    },
  },
  {
    title: 'cancels waiting tasks at once, and asks running ones to end',
    async check({ store }) {
      const first = await acceptTask(store)
      const { lease } = await claimOne(store)
      const second = await acceptTask(store)
      const states = ['waiting', 'running'] as const
      const tasks = { action: 'cancel', ids: [first, second], states } as const
      assert.equal((await store.bulk({ tasks, writes: [] })).tasks, 2)
      assert.equal((await store.task(second))?.state, 'cancelled')
      assert.deepEqual(await store.renew([lease], 30), [{ taskId: first, status: 'cancel' }])
    },
  },
  {
    title: 'changes nothing if a document does not have the expected version',
    async check({ store }) {
      const id = await makeDead(store)
      const entry = makeEntry()
      const changes: StoreChange[] = []
      store.subscribe((change) => changes.push(change))
      const before = changes.length
      const writes = [
        { ...WRITE, name: 'other' },
        { ...WRITE, expect: 7 },
      ]
      const tasks = { action: 'retry', ids: [id], states: SETTLED } as const
      const changed = await store.bulk({ tasks, writes }, [entry])
      assert.deepEqual(changed, { ok: false, conflict: 1, tasks: 0 })
      assert.equal((await store.task(id))?.state, 'dead')
      assert.equal(await store.delivery(entry.delivery.id), null)
      assert.deepEqual(await store.documents('progress'), [])
      assert.equal(changes.length, before)
    },
  },
  {
    title: 'accepts deliveries, each with its own body',
    async check({ store }) {
      const bodies = ['{"a":1}', '', '{"of":"the third"}'].map((text) => Buffer.from(text))
      const entries = bodies.map((body) => makeEntry({}, { body, originalId: 'dlv_original' }))
      const changed = await store.bulk({ writes: [WRITE] }, entries)
      assert.equal(changed.ok, true)
      for (const [index, { delivery, events }] of entries.entries()) {
        const stored = await store.delivery(delivery.id)
        assert.deepEqual(Buffer.from(stored?.body ?? []), bodies[index])
        assert.equal(stored?.originalId, 'dlv_original')
        const taskId = events[0]?.tasks[0]?.id ?? ''
        assert.equal((await store.task(taskId))?.state, 'waiting')
      }
      const claimed = await claim(store)
      assert.deepEqual(
        claimed.map(({ event }) => event.payload),
        bodies.map(String),
      )
    },
  },
  {
    title: 'keeps the limits and the order of a key',
    async check({ store }) {
      const policy = { policyKey: 'main' }
      const programs = [limited({ concurrency: 1 })]
      const ids: string[] = []
      for (let count = 0; count < 3; count++) {
        ids.push(await acceptTask(store, { policy }))
        const [claimed] = await claim(store, { programs })
        if (claimed !== undefined) await store.settle(claimed.lease, makeSettlement(DEAD))
      }
      await store.bulk({ tasks: { action: 'retry', ids, states: ['dead'] }, writes: [] })
      for (const id of ids) {
        const claimed = await claim(store, { programs })
        assert.deepEqual(
          claimed.map(({ task }) => task.id),
          [id],
        )
        for (const { lease } of claimed) await store.settle(lease, makeSettlement())
      }
    },
  },
  {
    title: 'carries out only one of two calls that expect the same version',
    async check({ store, another }) {
      const other = (await another?.()) ?? store
      for (let round = 0; round < ROUNDS; round++) {
        const write = { ...WRITE, name: `round-${round}`, expect: null }
        const entries = [makeEntry({ policy: { policyKey: 'k' } }), makeEntry()] as const
        const both = await Promise.all([
          store.bulk({ writes: [write] }, [entries[0]]),
          other.bulk({ writes: [write] }, [entries[1]]),
        ])
        assert.deepEqual(both.map(({ ok }) => ok).toSorted(), [false, true])
        const stored = await Promise.all(entries.map(({ delivery }) => store.delivery(delivery.id)))
        assert.deepEqual(
          stored.map((delivery) => delivery !== null),
          both.map(({ ok }) => ok),
        )
      }
    },
  },
]

async function makeDead(store: StoreInstance): Promise<string> {
  const id = await acceptTask(store)
  await store.settle((await claimOne(store)).lease, makeSettlement(DEAD))
  return id
}
