import assert from 'node:assert/strict'
import type { StoreInstance } from '../../contracts/store.ts'
import type { StoreCase } from './adapter.ts'
import {
  acceptTask,
  assertChain,
  claim,
  claimOne,
  limited,
  makeAudit,
  makeDelivery,
  makeEntry,
  makeSettlement,
} from './make-entry.ts'
import { all, ends, fill, moving, pagesOf, unequal } from './make-move.ts'

const MIB = 1_048_576
const MAX_PAGE_BYTES = 8 * MIB
const RATE = limited({ rateLimit: { count: 2, perSeconds: 3600 } }, 'rated')

/** How everything in a store moves to another one. A store without `transfer` passes. */
export const transferCases: readonly StoreCase[] = [
  {
    title: 'moves everything that it keeps, byte by byte',
    check: moving(async ({ store, move }) => {
      await fill(store)
      const before = await all(store)
      const { report, target } = await move()
      assert.deepEqual(unequal(report), [])
      for (const { kind, source } of report.kinds) assert.ok(source.rows > 0, kind)
      assert.deepEqual(await all(target), before)
    }),
  },
  {
    title:
      'continues the work: waiting tasks of every key run once, fences grow, old leases are lost',
    check: moving(async ({ store, advance, move }) => {
      for (const policyKey of ['a', 'a', 'b', null, 'k'.repeat(1000)]) {
        await acceptTask(store, { policy: { policyKey } })
      }
      const [held] = await claim(store, { limit: 1, leaseSeconds: 30 })
      assert.ok(held !== undefined)
      const { target } = await move()
      await advance(30_001)
      const claims = await claim(target, { limit: 10 })
      assert.equal(new Set(claims.map(({ task }) => task.id)).size, 5)
      const again = claims.find(({ task }) => task.id === held.task.id)
      assert.equal(again?.lease.fence, held.lease.fence + 1)
      assert.equal(await target.settle(held.lease, makeSettlement()), false)
      for (const { lease } of claims)
        assert.equal(await target.settle(lease, makeSettlement()), true)
      assert.equal((await target.countTasks()).succeeded, 5)
      const statuses = (await target.attempts(held.task.id)).map(({ status }) => status)
      assert.deepEqual(statuses, ['lost', 'succeeded'])
    }),
  },
  {
    title: 'notes everything to be projected again',
    check: moving(async ({ store, move }) => {
      await fill(store)
      const read = await projectAll(store)
      const { target } = await move()
      assert.ok(read.ends.length > 0)
      assert.deepEqual(await projectAll(target), read)
    }),
  },
  {
    title:
      'knows what came before: senders’ ids, versions, sequences, the audit log’s chain, rates',
    check: moving(async ({ store, move }) => {
      const repeated = { senderId: 'sent-once' }
      const first = await store.accept(makeEntry(repeated))
      const { lease } = await claimOne(store)
      const line = { taskId: lease.taskId, attempt: 1, stream: 'stdout', at: 1 } as const
      await store.appendLog([{ ...line, text: 'one' }])
      for (const name of ['x', 'y']) {
        await store.writeDocuments([{ collection: 'c', name, value: '{}' }], makeAudit())
      }
      await store.writeDocuments([{ collection: 'c', name: 'y', value: null }], null)
      const version = await store.documentsVersion()
      for (let count = 0; count < 4; count++) await acceptTask(store, { programs: ['rated'] })
      assert.equal((await claim(store, { programs: [RATE], limit: 10 })).length, 2)

      const { target } = await move()
      const receipt = await target.accept(makeEntry(repeated))
      assert.deepEqual([receipt.duplicate, receipt.deliveryId], [true, first.deliveryId])
      await target.appendLog([{ ...line, text: 'two' }])
      const log = await target.readLog(lease.taskId, { limit: 10 })
      assert.deepEqual(
        log.map(({ sequence, text }) => [sequence, text]),
        [
          [1, 'one'],
          [2, 'two'],
        ],
      )
      assert.equal(await target.documentsVersion(), version)
      await target.audit(makeAudit())
      const entries = await target.auditEntries({ limit: 10 })
      assert.equal(entries.length, 3)
      assertChain(entries)
      assert.equal((await claim(target, { programs: [RATE], limit: 10 })).length, 0)
    }),
  },
  {
    title: 'continues where it stopped, and cannot be opened by a node before it is complete',
    check: moving(async ({ store, other, move }) => {
      await fill(store)
      await store.close()
      const source = await ends(store).openSource()
      const target = await ends(other).openTarget(source.name)
      const page = await source.read('deliveries', null)
      await target.write('deliveries', page.slice(0, 2))
      await target.close()
      await assert.rejects(other.open(), { code: 'store_incomplete' })
      await assert.rejects(ends(other).openSource(), { code: 'store_incomplete' })
      await assert.rejects(ends(other).openTarget('another store'), { code: 'transfer_refused' })
      const again = await ends(other).openTarget(source.name)
      assert.deepEqual(again.position, { kind: 'deliveries', after: page[1]?.slice(0, 1) })
      await again.close()
      await source.close()
      const { report } = await move()
      assert.deepEqual(unequal(report), [])
      const second = await move()
      assert.deepEqual(unequal(second.report), [])
      assert.notEqual(second.report.finishedBefore, null)
    }),
  },
  {
    title: 'does not fill a store that holds anything',
    check: moving(async ({ store, other }) => {
      await store.close()
      await other.open()
      await other.refuse(makeDelivery({ outcome: 'refused' }))
      await other.close()
      await assert.rejects(ends(other).openTarget('it'), { code: 'transfer_refused' })
    }),
  },
  {
    title: 'reads pages of bounded size, in order of their keys',
    check: moving(async ({ store }) => {
      for (let count = 0; count < 5; count++) {
        await store.refuse(makeDelivery({ body: new Uint8Array(3 * MIB), outcome: 'refused' }))
      }
      await store.close()
      const source = await ends(store).openSource()
      const pages = await pagesOf(source, 'deliveries')
      await source.close()
      const ids = pages.flat().map(([id]) => id as string)
      assert.deepEqual(ids, ids.toSorted())
      assert.equal(ids.length, 5)
      for (const page of pages) {
        const bytes = page.map((row) => {
          return row.reduce<number>(
            (sum, cell) => sum + (cell instanceof Uint8Array ? cell.byteLength : 0),
            0,
          )
        })
        assert.ok(bytes.slice(1).reduce((sum, each) => sum + each, 0) <= MAX_PAGE_BYTES)
      }
    }),
  },
]

/** The ids of all that waits to be projected. A call reads a part of it. */
async function projectAll(store: StoreInstance) {
  const deliveries: string[] = []
  const ended: string[] = []
  for (;;) {
    const read = await store.unprojected(1000)
    if (read.deliveries.length + read.ends.length === 0) break
    deliveries.push(...read.deliveries.map(({ id }) => id))
    ended.push(...read.ends.map(({ id }) => id))
    assert.equal(await store.project(read), true)
  }
  return { deliveries: deliveries.toSorted(), ends: ended.toSorted() }
}
