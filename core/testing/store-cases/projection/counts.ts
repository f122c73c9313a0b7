import assert from 'node:assert/strict'
import type { CountBucket } from '../../../contracts/counts.ts'
import type { StoreCase } from '../adapter.ts'
import { acceptTask } from '../make-entry.ts'
import { KEEP_ALL, NOTHING, prune } from '../pruning.ts'
import { project } from './project.ts'

const LIMIT = 100
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** The start of a day. */
const AT = 20_000 * DAY_MS

const bucket: CountBucket = {
  ...{ widthSeconds: 60, at: AT, kind: 'program', name: 'deploy' },
  counts: { created: 2, 'run:7': 1 },
}
const WHOLE = { widthSeconds: 60, from: AT, to: AT + MINUTE_MS }

/** What projections count. */
export const countCases: readonly StoreCase[] = [
  {
    title: 'adds up what projections count, by bucket',
    async check({ store, reopen }) {
      assert.equal(await project(store, { counts: [bucket] }), true)
      const more = { ...bucket, counts: { dead: 1, 'run:7': 3 } }
      assert.equal(await project(store, { counts: [more] }), true)
      const sums = { ...bucket, counts: { created: 2, 'run:7': 4, dead: 1 } }
      const again = await reopen()
      assert.deepEqual(await again.counts({ kind: 'program', ranges: [WHOLE] }), [sums])
    },
  },
  {
    title: 'keeps buckets of other widths, times, kinds and names apart',
    async check({ store }) {
      const others = [
        { ...bucket, widthSeconds: 900 },
        { ...bucket, at: AT + MINUTE_MS },
        { ...bucket, kind: 'source' as const },
        { ...bucket, name: 'build' },
        { ...bucket, name: '__proto__' },
        { ...bucket, kind: 'all' as const, name: '' },
      ]
      await project(store, { counts: [bucket, ...others] })
      for (const each of others) await project(store, { counts: [each] })
      const twice = { created: 4, 'run:7': 2 }
      const read = async (range: object, names?: readonly string[]) => {
        const query = { kind: 'program' as const, ranges: [{ ...WHOLE, ...range }] }
        const found = await store.counts(names === undefined ? query : { ...query, names })
        return found.map(({ at, name, counts }) => [at - AT, name, counts])
      }
      assert.deepEqual(await read({}), [
        [0, '__proto__', twice],
        [0, 'build', twice],
        [0, 'deploy', bucket.counts],
      ])
      assert.deepEqual(await read({}, ['build', 'nobody']), [[0, 'build', twice]])
      assert.deepEqual(await read({}, []), [])
      assert.deepEqual(await read({ from: AT + 1, to: AT + MINUTE_MS + 1 }), [
        [MINUTE_MS, 'deploy', twice],
      ])
      const [everything] = await store.counts({ kind: 'all', ranges: [WHOLE] })
      assert.deepEqual([everything?.name, everything?.counts], ['', twice])
    },
  },
  {
    title: 'reads several ranges at once',
    async check({ store }) {
      const minutes = [0, 1, 2, 3].map((index) => ({ ...bucket, at: AT + index * MINUTE_MS }))
      await project(store, { counts: [...minutes, { ...bucket, widthSeconds: 900 }] })
      const ranges = [
        { widthSeconds: 60, from: AT, to: AT + MINUTE_MS },
        { widthSeconds: 60, from: AT + 3 * MINUTE_MS, to: AT + 9 * MINUTE_MS },
        { widthSeconds: 900, from: AT, to: AT + 1 },
      ]
      const found = await store.counts({ kind: 'program', ranges })
      assert.deepEqual(
        found.map(({ widthSeconds, at }) => [widthSeconds, (at - AT) / MINUTE_MS]),
        [
          [60, 0],
          [60, 3],
          [900, 0],
        ],
      )
    },
  },
  {
    title: 'counts nothing of a projection that comes too late',
    async check({ store, another }) {
      const other = (await another?.()) ?? store
      await acceptTask(store)
      const read = [await store.unprojected(LIMIT), await other.unprojected(LIMIT)] as const
      const counts = [bucket]
      const done = await Promise.all([
        store.project({ ...read[0], counts }),
        other.project({ ...read[1], counts }),
      ])
      assert.deepEqual(done.toSorted(), [false, true])
      assert.deepEqual(await other.counts({ kind: 'program', ranges: [WHOLE] }), counts)
    },
  },
  {
    title: 'deletes buckets when they are no longer kept: the finest first',
    async check({ store }) {
      const all = [60, 900, 7_200, 86_400].flatMap((widthSeconds) =>
        (['all', 'source', 'program'] as const).map((kind) => ({ ...bucket, widthSeconds, kind })),
      )
      await project(store, { counts: all })
      const left = async (days: number) => {
        const request = { ...KEEP_ALL, countsAt: AT + days * DAY_MS, limit: 1 }
        assert.deepEqual(await prune(store, request), NOTHING)
        const found = await Promise.all(
          all.map(({ kind, widthSeconds }) => {
            return store.counts({ kind, ranges: [{ widthSeconds, from: AT, to: AT + 1 }] })
          }),
        )
        return new Set(found.flat().map(({ widthSeconds }) => widthSeconds))
      }
      assert.deepEqual(await left(2), new Set([60, 900, 7_200, 86_400]))
      assert.deepEqual(await left(3), new Set([900, 7_200, 86_400]))
      assert.deepEqual(await left(16), new Set([7_200, 86_400]))
      assert.deepEqual(await left(91), new Set([86_400]))
      assert.deepEqual(await left(402), new Set())
    },
  },
]
