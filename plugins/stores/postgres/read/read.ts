import {
  conditionsOfTasks,
  EVENT_COLUMNS,
  filteredTasks,
  HANDED_OVER_COLUMNS,
  isSearch,
  type Page,
  type PageQuery,
  pageBounds,
  recentTasks,
  type StoreInstance,
  type StoreRow,
  toHandedOverTask,
  toPage,
  toPageQuery,
  toPauseRecord,
  toTaskCounts,
} from '../../../../core/sdk/store.ts'
import { readCounts } from '../counts/counts.ts'
import { readErrors } from '../counts/errors.ts'
import type { Session } from '../database/database.ts'
import { indexable, storable } from '../database/text.ts'
import { readAudit } from '../documents/audit.ts'
import { collections, documents, documentsVersion } from '../documents/documents.ts'
import { listPauses } from '../pauses/kept-pauses.ts'
import { readUnprojected } from '../projection/unprojected.ts'
import { searchDeliveries, searchTasks } from '../search/search.ts'
import { nextSegment, readSegment, smallSegments } from '../search/segments.ts'
import { readBacklog } from './backlog.ts'
import { toDeliveryQuery, toListQuery } from './list-query.ts'
import { numbered } from './numbered.ts'
import { readOutlines } from './outlines.ts'
import {
  ATTEMPT_COLUMNS,
  DELIVERY_COLUMNS,
  LISTED_TASKS,
  rows,
  SUMMARIES,
  TASK_COLUMNS,
} from './rows.ts'

const TASKS = `SELECT ${TASK_COLUMNS} FROM tasks`
const ATTEMPTS = `SELECT ${ATTEMPT_COLUMNS} FROM attempts WHERE task_id = $1 ORDER BY number`
const HANDED_OVER = `
  SELECT ${HANDED_OVER_COLUMNS} FROM tasks
  WHERE state = 'running' AND program = $1 AND lease_until IS NULL AND id > $2 ORDER BY id LIMIT $3`
const COUNT = 'SELECT state, count(*) AS tasks FROM tasks GROUP BY state'
const DELIVERY = `SELECT ${DELIVERY_COLUMNS}, body FROM deliveries WHERE id = $1`
const EVENTS = `
  SELECT ${EVENT_COLUMNS}, events.decisions
  FROM events JOIN deliveries ON deliveries.id = events.delivery_id
  WHERE events.delivery_id = $1 ORDER BY events.position`
const KNOWN_SENDER_IDS = `
  SELECT sender_key FROM events WHERE source = $1 AND sender_key = ANY ($2::text[])`
const LOG = `
  SELECT sequence, attempt, stream, at, text FROM log_chunks WHERE task_id = $1 AND sequence > $2
  ORDER BY sequence`

type Reads =
  | ('task' | 'attempts' | 'tasks' | 'countTasks' | 'backlog')
  | ('delivery' | 'deliveries' | 'events' | 'outlines' | 'knownSenderIds' | 'readLog')
  | ('smallSegments' | 'segment' | 'nextSegment' | 'unprojected' | 'pauses')
  | 'handedOver'
  | ('collections' | 'documents' | 'documentsVersion' | 'auditEntries')
  | ('counts' | 'errors')

/** All calls that only read. */
export function createReads(session: Session): Pick<StoreInstance, Reads> {
  return {
    async task(id) {
      const [row] = await session.run(`${TASKS} WHERE id = $1`, [storable(id)])
      return row === undefined ? null : rows.toTask(row)
    },
    async attempts(taskId) {
      return (await session.run(ATTEMPTS, [storable(taskId)])).map(rows.toAttempt)
    },
    async handedOver(program, { after = '', limit }) {
      const found = await session.run(HANDED_OVER, [program, storable(after), limit])
      return found.map(toHandedOverTask)
    },
    async tasks(filter) {
      if (isSearch(filter)) return searchTasks(session, filter)
      const bounds = pageBounds('tsk', filter)
      const list = filteredTasks(filter)
      if (list === null) {
        const query = toPageQuery({
          select: LISTED_TASKS,
          where: conditionsOfTasks(filter),
          ...bounds,
        })
        return readPage(session, query, rows.toTask)
      }
      const recent = recentTasks(filter, LISTED_TASKS, bounds)
      const page = recent === null ? null : await readPage(session, recent, rows.toTask)
      if (page !== null && page.next !== null) return page
      return readPage(session, toListQuery(list, LISTED_TASKS, bounds), rows.toTask)
    },
    async countTasks() {
      return toTaskCounts(await session.run(COUNT))
    },
    async delivery(id) {
      const [row] = await session.run(DELIVERY, [storable(id)])
      return row === undefined ? null : { ...rows.toDelivery(row), body: row['body'] as Uint8Array }
    },
    deliveries(filter) {
      if (isSearch(filter)) return searchDeliveries(session, filter)
      const query = toDeliveryQuery(filter, SUMMARIES, pageBounds('dlv', filter))
      return readPage(session, query, rows.toSummary)
    },
    async events(deliveryId) {
      const found = await session.run(EVENTS, [storable(deliveryId)])
      return found.map((row) => ({ ...rows.toEvent(row), decisions: rows.toDecisions(row) }))
    },
    async knownSenderIds(source, senderIds) {
      const found = await session.run(KNOWN_SENDER_IDS, [source, senderIds.map(indexable)])
      const known = new Set(found.map((row) => row['sender_key']))
      return senderIds.filter((id) => known.has(indexable(id)))
    },
    outlines: (deliveryIds, limit) => readOutlines(session, deliveryIds, limit),
    collections: () => collections(session),
    documents: (collection, name) => documents(session, collection, name),
    documentsVersion: () => documentsVersion(session),
    auditEntries: (page) => readAudit(session, page),
    backlog: () => readBacklog(session),
    unprojected: (limit) => readUnprojected(session, limit),
    async pauses() {
      return (await listPauses(session)).map((pause) => toPauseRecord(pause))
    },
    smallSegments: (documents) => smallSegments(session, documents),
    segment: (number) => readSegment(session, number),
    nextSegment: (after) => nextSegment(session, after),
    counts: (query) => readCounts(session, query),
    errors: (filter) => readErrors(session, filter),
    async readLog(taskId, { after = 0, limit, tail = false }) {
      const sql = `${LOG} ${tail ? 'DESC' : 'ASC'} LIMIT $3`
      const found = await session.run(sql, [storable(taskId), after, limit])
      const chunks = found.map(rows.toLogChunk)
      return tail ? chunks.reverse() : chunks
    },
  }
}

async function readPage<Item extends { readonly id: string }>(
  session: Session,
  { sql, values, size }: PageQuery,
  toItem: (row: StoreRow) => Item,
): Promise<Page<Item>> {
  const bound = values.map((value) => (typeof value === 'string' ? storable(value) : value))
  return toPage(await session.run(numbered(sql), bound), size, toItem)
}
