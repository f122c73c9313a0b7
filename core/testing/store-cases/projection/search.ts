import assert from 'node:assert/strict'
import type { DeliveryFilter, TaskFilter } from '../../../contracts/store.ts'
import type { TaskRecord } from '../../../contracts/task.ts'
import { segmentsToMerge } from '../../../sdk/store/search/merge.ts'
import { mergeSegments } from '../../../sdk/store/search/segment.ts'
import type { StoreCase } from '../adapter.ts'
import { allPages, idsOf, timeOfId } from '../lists.ts'
import { acceptTask, claim, makeDelivery, makeEvent, makeSettlement } from '../make-entry.ts'
import { KEEP_ALL, prune } from '../pruning.ts'
import { acceptAt, COMMON, EVEN, encodeSegment, numbered, post, RARE } from './make-segments.ts'

/** Lists within terms. */
export const searchCases: readonly StoreCase[] = [
  {
    title: 'finds what has every term, by any of its numbers, newest first',
    async check({ store }) {
      const ids = await acceptAt(store, 12)
      await post(store, 'tasks', ids.map(numbered))
      const newest = ids.toReversed()
      const find = async (...terms: readonly (readonly number[])[]) =>
        idsOf(await store.tasks({ terms, limit: 20 }))
      assert.deepEqual(await find([COMMON]), newest)
      assert.deepEqual(
        await find([EVEN]),
        newest.filter((_, index) => index % 2 === 1),
      )
      assert.deepEqual(await find([RARE], [EVEN]), [ids[4]])
      assert.deepEqual(await find([1003, 1007, 5]), [ids[7], ids[3]])
      assert.deepEqual(await find([COMMON], [1003, 1007], [1007]), [ids[7]])
      assert.deepEqual(await find([5]), [])
      assert.deepEqual(await find([COMMON], [5]), [])
      assert.deepEqual(await find([1003], [1007]), [])
    },
  },
  {
    title: 'keeps tasks and deliveries apart, and finds nothing that is not projected',
    async check({ store }) {
      const [id = ''] = await acceptAt(store, 1)
      const { deliveryId } = (await store.task(id)) ?? {}
      await post(store, 'deliveries', [{ id: deliveryId ?? '', terms: [COMMON] }])
      assert.deepEqual(idsOf(await store.tasks({ terms: [[COMMON]], limit: 9 })), [])
      const { items, next } = await store.deliveries({ terms: [[COMMON]], limit: 9 })
      assert.deepEqual([items.map((item) => item.id), next], [[deliveryId], null])
      const [summary] = (await store.deliveries({ limit: 1 })).items
      assert.deepEqual(items[0], summary)
    },
  },
  {
    title: 'lists terms together with every other filter like a list that is filtered afterwards',
    async check({ store }) {
      const ids = await acceptAt(store, 40, (index) => ({
        programs: [['build', 'deploy', 'test'][index % 3] ?? ''],
        source: ['github', 'gitlab'][index % 2] ?? '',
      }))
      // Segments that overlap, one of them with a task that another has too.
      const documents = ids.map(numbered)
      for (const part of [0, 1, 2]) {
        await post(
          store,
          'tasks',
          documents.filter((_, index) => index % 4 === part || index === 9),
        )
      }
      await post(
        store,
        'tasks',
        documents.filter((_, index) => index % 4 === 3),
      )
      for (const { lease } of await claim(store, { programs: ['build'], limit: 5 })) {
        await store.settle(lease, makeSettlement({ state: 'dead', attempt: 'failed' }))
      }
      const all = (await store.tasks({ limit: 200 })).items
      const [from, to] = [timeOfId(all[30]?.id ?? ''), timeOfId(all[5]?.id ?? '')]
      const filters: readonly Partial<TaskFilter>[] = [
        {},
        { state: 'dead' },
        { state: 'waiting', program: 'build' },
        { program: 'deploy', source: 'gitlab' },
        { rule: 'rule-test' },
        { state: 'running' },
        { deliveryId: all[9]?.deliveryId ?? '' },
      ]
      for (const filter of filters) {
        for (const terms of [[COMMON], [EVEN], [RARE], [5]]) {
          for (const span of [{}, { since: from, until: to }]) {
            const expected = all.filter((task) => {
              const { terms: own } = numbered(task.id, ids.indexOf(task.id))
              const at = timeOfId(task.id)
              const isWithin = !('since' in span) || (at >= from && at < to)
              return fits(task, filter) && own.includes(terms[0] ?? 0) && isWithin
            })
            const asked = { ...filter, ...span, terms: [terms], limit: 3 }
            const listed = await allPages((after) => store.tasks({ ...asked, ...after }))
            assert.deepEqual(
              listed,
              expected.map(({ id }) => id),
              JSON.stringify(asked),
            )
          }
        }
      }
    },
  },
  {
    title: 'lists deliveries within terms, sources, outcomes and times',
    async check({ store }) {
      const start = Date.now() - 1000
      const deliveries = Array.from({ length: 30 }, (_, index) => {
        const outcome = index % 5 === 0 ? ('refused' as const) : ('accepted' as const)
        const source = index % 2 === 0 ? 'github' : 'gitlab'
        return makeDelivery({ receivedAt: start + index, outcome, source })
      })
      for (const [index, delivery] of deliveries.entries()) {
        if (delivery.outcome === 'refused') await store.refuse(delivery)
        else await store.accept({ delivery, events: index % 3 === 0 ? [makeEvent()] : [] })
      }
      for (const { lease } of await claim(store)) {
        await store.settle(lease, makeSettlement({ state: 'dead', attempt: 'failed' }))
      }
      await post(
        store,
        'deliveries',
        deliveries.map(({ id }, index) => numbered(id, index)),
      )
      const filters: readonly Partial<DeliveryFilter>[] = [
        {},
        { source: 'github' },
        { outcome: 'refused' },
        { outcome: 'accepted', source: 'gitlab' },
        { outcome: 'duplicate' },
        { state: 'dead' },
        { state: 'dead', source: 'github' },
      ]
      for (const filter of filters) {
        for (const span of [{}, { since: start + 7, until: start + 21 }]) {
          const expected = deliveries.filter((delivery, index) => {
            const { source = delivery.source, outcome = delivery.outcome } = filter
            const fitting = source === delivery.source && outcome === delivery.outcome
            const at = delivery.receivedAt
            const isDead = delivery.outcome === 'accepted' && index % 3 === 0
            return (
              fitting &&
              (filter.state === undefined || isDead) &&
              index % 2 === 0 &&
              (!('since' in span) || (at >= start + 7 && at < start + 21))
            )
          })
          const asked = { ...filter, ...span, terms: [[EVEN]], limit: 4 }
          const listed = await allPages((after) => store.deliveries({ ...asked, ...after }))
          assert.deepEqual(listed, expected.map(({ id }) => id).toReversed(), JSON.stringify(asked))
        }
      }
    },
  },
  {
    title: 'finds every match in many segments, whether they are few or many',
    async check({ store }) {
      const ids = await acceptAt(store, 300)
      for (const [index, id] of ids.entries()) await post(store, 'tasks', [numbered(id, index)])
      for (const [terms, expected] of [
        [[COMMON], ids.toReversed()],
        [[RARE], [ids[4]]],
        [
          [1000, 1299],
          [ids[299], ids[0]],
        ],
      ] as const) {
        const found = await allPages((after) =>
          store.tasks({ terms: [terms], limit: 50, ...after }),
        )
        assert.deepEqual(found, expected)
      }
      await store.cancel(ids[150] ?? '')
      const asked = { state: 'cancelled', terms: [[COMMON]], limit: 50 } as const
      assert.deepEqual(await allPages((after) => store.tasks({ ...asked, ...after })), [ids[150]])
    },
  },
  {
    title: 'reads long lists of one segment in pages',
    async check({ store }) {
      const ids = await acceptAt(store, 450)
      await post(store, 'tasks', ids.map(numbered))
      const find = (filter: Partial<TaskFilter>) =>
        allPages((after) => store.tasks({ terms: [[COMMON]], limit: 40, ...filter, ...after }))
      assert.deepEqual(await find({}), ids.toReversed())
      await store.cancel(ids[3] ?? '')
      await store.cancel(ids[440] ?? '')
      assert.deepEqual(await find({ state: 'cancelled' }), [ids[440], ids[3]])
      const first = await store.tasks({ terms: [[COMMON]], limit: 40 })
      assert.equal(first.items.length, 40)
    },
  },
  {
    title: 'finds the same after segments were merged, also while it reads them',
    async check({ store }) {
      const ids = await acceptAt(store, 64)
      for (const [index, id] of ids.entries()) await post(store, 'tasks', [numbered(id, index)])
      const newest = ids.toReversed()
      let isOver = false
      const reading = (async () => {
        while (!isOver) {
          const found = await allPages((after) =>
            store.tasks({ terms: [[COMMON]], limit: 25, ...after }),
          )
          assert.deepEqual(found, newest)
        }
      })()
      for (;;) {
        const small = segmentsToMerge(await store.smallSegments(1000))
        if (small.length === 0) break
        const merged = small.map(({ number }) => number)
        const segments = await Promise.all(merged.map((number) => store.segment(number)))
        const whole = mergeSegments(segments.filter((segment) => segment !== null))
        assert.ok(whole !== null)
        assert.equal(await store.replaceSegments(merged, whole), true)
        assert.equal(await store.replaceSegments(merged, whole), false)
        assert.equal(await store.segment(merged[0] ?? 0), null)
      }
      isOver = true
      await reading
      assert.deepEqual(
        (await store.smallSegments(1000)).map(({ documents }) => documents),
        [64],
      )
      assert.deepEqual(idsOf(await store.tasks({ terms: [[RARE]], limit: 9 })), [ids[4]])
    },
  },
  {
    title: 'leaves out what was deleted, and what a task no longer is',
    async check({ store, now }) {
      const old = makeDelivery({ receivedAt: now() - 10_000 })
      await store.accept({ delivery: old, events: [] })
      const id = await acceptTask(store)
      await post(store, 'deliveries', [{ id: old.id, terms: [COMMON] }])
      await post(store, 'tasks', [{ id, terms: [COMMON] }])
      const terms = [[COMMON]]
      assert.equal((await store.deliveries({ terms, limit: 9 })).items.length, 1)
      await prune(store, { ...KEEP_ALL, deliveriesBefore: now() - 5_000 })
      assert.deepEqual((await store.deliveries({ terms, limit: 9 })).items, [])
      assert.equal((await store.tasks({ terms, state: 'waiting', limit: 9 })).items.length, 1)
      await store.cancel(id)
      assert.deepEqual((await store.tasks({ terms, state: 'waiting', limit: 9 })).items, [])
      assert.equal((await store.tasks({ terms, state: 'cancelled', limit: 9 })).items.length, 1)
    },
  },
  {
    title: 'adds no segment with a projection that comes too late',
    async check({ store }) {
      const [id = ''] = await acceptAt(store, 1)
      const { version, notes } = await store.unprojected(9)
      const segment = encodeSegment('tasks', [{ id, terms: [COMMON] }])
      assert.ok(segment !== null)
      const projection = { version, notes, segments: [segment] }
      assert.equal(await store.project(projection), true)
      assert.equal(await store.project(projection), false)
      assert.equal((await store.smallSegments(1000)).length, 1)
    },
  },
]

function fits(task: TaskRecord, filter: Partial<TaskFilter>): boolean {
  return Object.entries(filter).every(([key, value]) => task[key as keyof TaskRecord] === value)
}
