import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StoreChange } from '../../../../core/sdk/store.ts'
import { makeEntry, makeSettlement } from '../../../../core/testing/store-cases/make-entry.ts'
import { createHandlers } from '../../../../plugins/stores/sqlite/batch/handlers.ts'
import { packEntry } from '../../../../plugins/stores/sqlite/batch/pack.ts'
import {
  openDatabase,
  type SqliteDatabase,
} from '../../../../plugins/stores/sqlite/database/database.ts'
import { TASK_FILTERS } from '../list-filters.ts'
import { makeFolder } from './create-sqlite.ts'

const NOW = 1_000
const PAGE = { limit: 50 }
const PROGRAMS = [
  { name: 'deploy', concurrency: null, rateLimit: null },
  { name: 'limited', concurrency: 2, rateLimit: { count: 5, perSeconds: 1 } },
] as const
/** What grows with what is stored. Others hold a row for each program, pause, note or node. */
const GROWING = 'tasks|deliveries|events|attempts|log_chunks|counts|error_groups|segments|documents'
/** Their partial indexes hold what waits and runs. */
const WAITING = /USING COVERING INDEX tasks_(waiting|waiting_of_key|running)\b/

let folder: string
let database: SqliteDatabase
const statements = new Set<string>()
beforeAll(async () => {
  folder = await makeFolder()
  database = openDatabase(join(folder, 'a.db'))
})
afterAll(async () => {
  database.close()
  await rm(folder, { recursive: true, force: true })
})

/** Carries out each call that receiving, running and looking need, and notes its statements. */
function useAll(): void {
  const changes: StoreChange[] = []
  const noted = {
    ...database,
    prepare: (sql: string) => {
      statements.add(sql)
      return database.prepare(sql)
    },
  }
  const handlers = createHandlers({ database: noted, changes }, NOW)
  const none = Buffer.alloc(0)
  for (const policyKey of [null, 'main']) {
    const entry = makeEntry({ senderId: `sender ${policyKey}`, policy: { policyKey } })
    handlers.accept([...packEntry(entry), NOW], Buffer.from(entry.delivery.body))
  }
  const later = Date.now() + NOW
  const request = { node: 'a', limit: 5, skipsLost: false, held: [] }
  const claims = handlers.claim([request, later + NOW, PROGRAMS, later], none)
  expect(claims.map(({ task }) => task.policyKey).toSorted()).toEqual(['main', null])
  handlers.renew([claims.map(({ lease }) => lease), later], none)
  for (const { lease, task } of claims) {
    const line = { taskId: task.id, attempt: 1, stream: 'stdout', at: NOW, text: 'text' } as const
    handlers.appendLog([[line]], none)
    handlers.readLog([task.id, { limit: 10 }], none)
    handlers.task([task.id], none)
    handlers.attempts([task.id], none)
    handlers.events([task.deliveryId], none)
    handlers.delivery([task.deliveryId], none)
    handlers.outlines([[task.deliveryId], 5], none)
    handlers.settle([lease, makeSettlement(), later, null, null, 0], none)
    handlers.retry([task.id, later], none)
    handlers.cancel([task.id, later], none)
  }
  for (const skipsLost of [true, false]) handlers.nextDueAt([PROGRAMS, skipsLost, later], none)
  handlers.knownSenderIds(['github', ['sender']], none)
  for (const filter of TASK_FILTERS) handlers.tasks([filter], none)
  handlers.tasks([{ ...PAGE, deliveryId: 'dlv_1' }], none)
  handlers.deliveries([PAGE], none)
  handlers.errors([PAGE], none)
  handlers.errors([{ ...PAGE, program: 'deploy', since: 1 }], none)
  handlers.handedOver(['deploy', PAGE], none)
  handlers.backlog([], none)
  handlers.counts([{ kind: 'all', ranges: [{ widthSeconds: 60, from: 0, to: NOW }] }], none)
  handlers.documents(['programs'], none)
  handlers.auditEntries([PAGE], none)
  handlers.unprojected([10], none)
}

it('no call of sqlite that receives, runs or lists reads all that is stored', () => {
  useAll()
  const found = [...statements].flatMap((sql) => {
    const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
    const plan = rows.map(({ detail }) => String(detail))
    // A page in the order of an index ends with its last row.
    const isSorted = plan.some((line) => line.startsWith('USE TEMP B-TREE'))
    if (/\bLIMIT \?$/.test(sql) && !isSorted) return []
    return plan
      .filter((line) => new RegExp(`^SCAN (${GROWING})\\b`).test(line) && !WAITING.test(line))
      .map((line) => `${line}: ${sql.trim()}`)
  })
  expect(found).toEqual([])
})
