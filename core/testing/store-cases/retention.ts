import assert from 'node:assert/strict'
import type { StoreCase } from './adapter.ts'
import { acceptTask, claim, makeEntry, makeSettlement } from './make-entry.ts'
import { addLog, aged, endedTask, endTask, KEEP_ALL, LIMIT, NOTHING, prune } from './pruning.ts'

const DAY_SECONDS = 86_400
const DAY_MS = DAY_SECONDS * 1000

/** What is deleted because of its age or number. */
export const retentionCases: readonly StoreCase[] = [
  {
    title: 'deletes nothing if nothing is asked for',
    async check({ store, now }) {
      const id = await endedTask(store)
      const asked = { ...KEEP_ALL, deliveriesBefore: now() - DAY_MS, tasksBefore: 0, logsBefore: 0 }
      for (const request of [KEEP_ALL, asked])
        assert.deepEqual(await prune(store, request), NOTHING)
      assert.deepEqual((await store.task(id))?.state, 'succeeded')
      assert.equal((await store.readLog(id, { limit: LIMIT })).length, 1)
    },
  },
  {
    title: 'deletes deliveries received before a time, with their events, tasks, attempts and logs',
    async check({ store, now }) {
      const old = makeEntry({ senderId: 'one' }, aged(now() - 2 * DAY_MS))
      const young = makeEntry({ senderId: 'two' }, aged(now() - DAY_MS / 2))
      for (const entry of [old, young]) await endTask(store, entry)
      const pruned = await prune(store, { ...KEEP_ALL, deliveriesBefore: now() - DAY_MS })
      assert.deepEqual(pruned, { deliveries: 1, tasks: 1, logs: 0, more: false })
      const taskId = old.events[0]?.tasks[0]?.id ?? ''
      assert.equal(await store.delivery(old.delivery.id), null)
      assert.deepEqual(await store.events(old.delivery.id), [])
      assert.equal(await store.task(taskId), null)
      assert.deepEqual(await store.attempts(taskId), [])
      assert.deepEqual(await store.readLog(taskId, { limit: LIMIT }), [])
      assert.equal((await store.events(young.delivery.id)).length, 1)
      assert.equal((await store.tasks({ limit: LIMIT })).items.length, 1)
      assert.equal((await store.accept(makeEntry({ senderId: 'one' }))).duplicate, false)
      assert.equal((await store.accept(makeEntry({ senderId: 'two' }))).duplicate, true)
    },
  },
  {
    title: 'keeps a delivery as long as one of its tasks waits or runs',
    async check({ store, now }) {
      const entry = makeEntry({ programs: ['build', 'deploy', 'test'] }, aged(1_000_000))
      await store.accept(entry)
      const before = { ...KEEP_ALL, deliveriesBefore: now(), keepDeliveries: 0 }
      const all = { ...before, tasksBefore: null, keepTasks: null }
      for (const program of ['build', 'deploy', 'test']) {
        assert.deepEqual(await prune(store, all), NOTHING)
        const [running] = await claim(store, { programs: [program] })
        assert(running)
        assert.deepEqual(await prune(store, all), NOTHING)
        assert.equal(await store.settle(running.lease, makeSettlement()), true)
      }
      assert.deepEqual(await prune(store, all), { deliveries: 1, tasks: 3, logs: 0, more: false })
    },
  },
  {
    title: 'keeps the newest deliveries; refused ones do not count and are deleted only by age',
    async check({ store, now }) {
      const start = Math.trunc(now()) - DAY_MS
      const ids: string[] = []
      for (let index = 0; index < 12; index++) {
        const isRefused = index % 3 === 0
        const outcome = isRefused ? 'refused' : 'accepted'
        const { delivery } = makeEntry({}, { ...aged(start + index), outcome })
        ids.push(delivery.id)
        if (isRefused) await store.refuse(delivery)
        else await store.accept({ delivery, events: [] })
      }
      const kept = async () =>
        (await store.deliveries({ limit: LIMIT })).items.map(({ id }) => ids.indexOf(id))
      await prune(store, { ...KEEP_ALL, keepDeliveries: 8 })
      assert.equal((await kept()).length, 12)
      await prune(store, { ...KEEP_ALL, keepDeliveries: 3 })
      assert.deepEqual(await kept(), [11, 10, 9, 8, 6, 3, 0])
      await prune(store, { ...KEEP_ALL, deliveriesBefore: start + 6 })
      assert.deepEqual(await kept(), [11, 10, 9, 8, 6])
      await prune(store, { ...KEEP_ALL, keepDeliveries: 0 })
      assert.deepEqual(await kept(), [9, 6])
    },
  },
  {
    title: 'deletes settled tasks that ended before a time, and keeps their deliveries',
    async check({ store, now, advance }) {
      const old = makeEntry({ senderId: 'one' })
      await endTask(store, old)
      const retried = await endedTask(store, { state: 'dead', attempt: 'failed' })
      const cancelled = await acceptTask(store)
      await store.cancel(cancelled)
      const waiting = await acceptTask(store, { dueAt: now() + 5 * DAY_MS })
      await advance(DAY_MS)
      const time = now()
      await advance(DAY_MS)
      await store.retry(retried)
      const young = await endedTask(store, {}, retried)
      const pruned = await prune(store, { ...KEEP_ALL, tasksBefore: time })
      assert.deepEqual(pruned, { deliveries: 0, tasks: 2, logs: 0, more: false })
      assert.equal(await store.task(cancelled), null)
      const { id } = old.events[0]?.tasks[0] ?? { id: '' }
      assert.equal(await store.task(id), null)
      assert.deepEqual(await store.attempts(id), [])
      assert.deepEqual(await store.readLog(id, { limit: LIMIT }), [])
      assert.equal((await store.events(old.delivery.id)).length, 1)
      const again = await store.accept(makeEntry({ senderId: 'one' }))
      assert.deepEqual([again.duplicate, again.events[0]?.tasks], [true, []])
      for (const kept of [retried, waiting, young]) assert(await store.task(kept))
      assert.equal((await store.attempts(retried)).length, 2)
    },
  },
  {
    title: 'keeps the tasks that ended last, and all that wait or run',
    async check({ store, advance }) {
      const ids: string[] = []
      for (let index = 0; index < 6; index++) ids.push(await acceptTask(store))
      const [running] = await claim(store, { limit: 1 })
      const claims = await claim(store, { limit: 4 })
      for (const { lease } of claims.toReversed()) {
        await advance(1000)
        await store.settle(lease, makeSettlement())
      }
      const pruned = await prune(store, { ...KEEP_ALL, keepTasks: 2 })
      assert.deepEqual(pruned, { deliveries: 0, tasks: 2, logs: 0, more: false })
      for (const { task } of claims.slice(0, 2)) assert(await store.task(task.id))
      for (const { task } of claims.slice(2)) assert.equal(await store.task(task.id), null)
      await prune(store, { ...KEEP_ALL, keepTasks: 0 })
      const { waiting, running: runs, succeeded } = await store.countTasks()
      assert.deepEqual([waiting, runs, succeeded], [1, 1, 0])
      assert.equal(await store.settle(running?.lease ?? NO_LEASE, makeSettlement()), true)
    },
  },
  {
    title: 'deletes logs of tasks that ended before a time, and keeps the tasks',
    async check({ store, now, advance }) {
      const [first, second] = [await endedTask(store), await endedTask(store)]
      const silent = await acceptTask(store)
      await store.cancel(silent)
      const runs = await acceptTask(store)
      await claim(store, { leaseSeconds: 10 * DAY_SECONDS })
      await addLog(store, runs)
      await advance(DAY_MS)
      const time = now()
      await advance(DAY_MS)
      const young = await endedTask(store)
      const request = { ...KEEP_ALL, logsBefore: time }
      assert.deepEqual(await prune(store, request), { ...NOTHING, logs: 2 })
      assert.deepEqual(await prune(store, request), NOTHING)
      for (const id of [first, second]) {
        assert.deepEqual(await store.readLog(id, { limit: LIMIT }), [])
        assert.equal((await store.task(id))?.state, 'succeeded')
        assert.equal((await store.attempts(id)).length, 1)
      }
      for (const id of [runs, young]) {
        assert.equal((await store.readLog(id, { limit: LIMIT })).length, 1)
      }
    },
  },
  {
    title: 'deletes at most the limit of each kind in a call, and says if there is more',
    async check({ store, now, advance }) {
      const old = now() - 2 * DAY_MS
      for (let index = 0; index < 10; index++) {
        await endTask(store, makeEntry({}, aged(old + index)))
        await endedTask(store)
      }
      await advance(1000)
      const time = { deliveriesBefore: now() - DAY_MS, tasksBefore: null, logsBefore: now() }
      const request = { ...KEEP_ALL, ...time, limit: 3 }
      assert.equal((await store.prune(request)).more, true)
      await prune(store, request)
      assert.equal((await store.tasks({ limit: LIMIT })).items.length, 10)
      assert.equal((await store.prune(request)).more, false)
      const tasks = { ...KEEP_ALL, tasksBefore: now(), limit: 4 }
      assert.deepEqual(await prune(store, tasks), { ...NOTHING, tasks: 10 })
    },
  },
  {
    title: 'accepts deliveries while it deletes, and loses none of them',
    async check({ store, now }) {
      const old = now() - 2 * DAY_MS
      const entries = Array.from({ length: 300 }, (_, index) =>
        makeEntry({ programs: [] }, aged(old + index)),
      )
      await Promise.all(entries.map((entry) => store.accept(entry)))
      const request = { ...KEEP_ALL, deliveriesBefore: now() - DAY_MS, limit: 20 }
      const pruning = prune(store, request)
      const accepting = Array.from({ length: 100 }, () => acceptTask(store))
      const [pruned, taskIds] = await Promise.all([pruning, Promise.all(accepting)])
      assert.equal(pruned.deliveries, 300)
      for (const id of taskIds) assert.equal((await store.task(id))?.state, 'waiting')
      assert.equal((await store.countTasks()).waiting, 100)
    },
  },
]

const NO_LEASE = { taskId: 'tsk_none', fence: 0 }
