import assert from 'node:assert/strict'
import type { SegmentRemains, StoreInstance } from '../../../contracts/store.ts'
import { NO_METER } from '../../../kit/no-meter.ts'
import { SILENT_LOGGER } from '../../../kit/silent-logger.ts'
import { pruneSegment } from '../../../projection/prune-segment.ts'
import { settingsSchema } from '../../../settings/settings.ts'
import { Retention } from '../../../work/retention.ts'
import type { StoreCase } from '../adapter.ts'
import { allPages } from '../lists.ts'
import { KEEP_ALL, prune } from '../pruning.ts'
import { acceptAt, COMMON, encodeSegment, numbered, post } from './make-segments.ts'

const SETTINGS = settingsSchema.parse({}).retention

/** Segments whose documents are deleted. */
export const segmentCases: readonly StoreCase[] = [
  {
    title: 'tells of each segment what is still stored of it',
    async check({ store }) {
      const ids = await acceptAt(store, 6)
      await post(store, 'tasks', ids.slice(0, 3).map(numbered))
      await post(store, 'tasks', ids.slice(3).map(numbered))
      const { deliveryId } = (await store.task(ids[4] ?? '')) ?? { deliveryId: '' }
      await post(store, 'deliveries', [{ id: deliveryId, terms: [COMMON] }])
      await deleteTasks(store, [ids[0] ?? '', ids[2] ?? ''])
      const remains = await allRemains(store)
      assert.deepEqual(
        remains.map(({ documents, stored }) => [documents, stored]),
        [
          [3, [ids[1]]],
          [3, null],
          [1, null],
        ],
      )
    },
  },
  {
    title: 'lets one segment take the place of others, once, under a number of its own',
    async check({ store }) {
      const ids = await acceptAt(store, 3)
      for (const [index, id] of ids.entries()) await post(store, 'tasks', [numbered(id, index)])
      const numbers = (await allRemains(store)).map(({ number }) => number)
      const whole = encodeSegment('tasks', ids.map(numbered))
      const [one = 0, , last = 0] = numbers
      assert.equal(await store.replaceSegments([one, last], null), true)
      assert.equal(await store.replaceSegments(numbers, whole), false)
      assert.deepEqual(await find(store), [ids[1]])
      await post(store, 'tasks', [numbered(ids[2] ?? '', 2)])
      const [, next] = await allRemains(store)
      assert.ok((next?.number ?? 0) > last)
      assert.deepEqual(await find(store), [ids[2], ids[1]])
    },
  },
  {
    title: 'keeps its index as small as what is stored, also with several nodes that delete',
    async check({ store, another }) {
      const other = (await another?.()) ?? store
      const retentions = [store, other].map((own) => {
        const deliveries = { days: null, count: 10 }
        return new Retention({
          store: own,
          settings: () => ({ ...SETTINGS, deliveries }),
          logger: SILENT_LOGGER,
          meter: NO_METER,
          clock: Date.now,
          random: () => 0,
        })
      })
      // Each round comes after the one before, however fast they are.
      const start = Date.now() - 1000
      const [waiting = ''] = await acceptAt(store, 1, () => ({}), start)
      let kept = [{ id: waiting, index: 0 }]
      for (let round = 0; round < 5; round++) {
        const ids = await acceptAt(store, 12, () => ({}), start + 1 + round * 12)
        const added = ids.map((id, index) => ({ id, index: round * 100 + index }))
        const all = [...kept, ...added]
        // Each segment has something of a round before, which stays longer.
        await post(
          store,
          'tasks',
          (round === 0 ? all : added).map(({ id, index }) => numbered(id, index)),
        )
        for (const id of ids) await store.cancel(id)
        await Promise.all(retentions.map((retention) => retention.prune()))
        kept = [...kept.slice(0, 1), ...added.slice(-10)]
        assert.deepEqual(await find(store), kept.map(({ id }) => id).toReversed())
        const documents = (await allRemains(store)).reduce((sum, each) => sum + each.documents, 0)
        assert.ok(documents <= 2 * kept.length, `${documents} documents after round ${round}`)
      }
    },
  },
  {
    title: 'finds all that is stored while segments go',
    async check({ store }) {
      const ids = await acceptAt(store, 60)
      const documents = ids.map(numbered)
      for (let at = 0; at < 60; at += 5) await post(store, 'tasks', documents.slice(at, at + 5))
      // The last of every two segments stays.
      const gone = ids.filter((_, index) => index % 10 !== 9)
      await deleteTasks(store, gone)
      const stored = ids.filter((id) => !gone.includes(id)).toReversed()
      let isOver = false
      const reading = (async () => {
        while (!isOver) assert.deepEqual(await find(store), stored)
      })()
      for (let at: number | null = 0; at !== null; ) at = await pruneSegment(store, at)
      isOver = true
      await reading
      assert.deepEqual(await find(store), stored)
      const remains = await allRemains(store)
      assert.deepEqual(
        remains.map((each) => each.documents),
        stored.map(() => 1),
      )
    },
  },
]

async function allRemains(store: StoreInstance): Promise<readonly SegmentRemains[]> {
  const all: SegmentRemains[] = []
  for (let after = 0; ; ) {
    const remains = await store.nextSegment(after)
    if (remains === null) return all
    all.push(remains)
    after = remains.number
  }
}

function find(store: StoreInstance): Promise<readonly string[]> {
  return allPages((after) => store.tasks({ terms: [[COMMON]], limit: 50, ...after }))
}

/** They end before all others. */
async function deleteTasks(store: StoreInstance, ids: readonly string[]): Promise<void> {
  for (const id of ids) await store.cancel(id)
  await prune(store, { ...KEEP_ALL, keepTasks: 0 })
}
