import type { DeliveryFilter, StoreInstance, TaskFilter, TaskState } from '../../../core/index.ts'
import { readAudit } from './audit.ts'
import { backlog } from './backlog.ts'
import type { Session } from './database.ts'
import { collections, documents, documentsVersion } from './documents.ts'
import { readPage } from './pages.ts'
import {
  ATTEMPT_COLUMNS,
  DELIVERY_COLUMNS,
  EVENT_COLUMNS,
  TASK_COLUMNS,
  toAttempt,
  toDecisions,
  toDelivery,
  toEvent,
  toLogChunk,
  toTask,
} from './rows.ts'
import { storable } from './text.ts'

const TASKS = `SELECT ${TASK_COLUMNS} FROM tasks`
const ATTEMPTS = `SELECT ${ATTEMPT_COLUMNS} FROM attempts WHERE task_id = $1 ORDER BY number`
const COUNT = 'SELECT state, count(*) AS tasks FROM tasks GROUP BY state'
const DELIVERY = `SELECT ${DELIVERY_COLUMNS}, body FROM deliveries WHERE id = $1`
const SUMMARIES = `SELECT ${DELIVERY_COLUMNS}, octet_length(body) AS body_bytes FROM deliveries`
const EVENTS = `
  SELECT ${EVENT_COLUMNS}, events.decisions
  FROM events JOIN deliveries ON deliveries.id = events.delivery_id
  WHERE events.delivery_id = $1 ORDER BY events.position`
const LOG = `
  SELECT sequence, attempt, stream, at, text FROM log_chunks WHERE task_id = $1 AND sequence > $2`

const TASK_FILTERS = [
  ['state', 'state = ?'],
  ['program', 'program = ?'],
  ['rule', 'rule = ?'],
  ['source', 'source = ?'],
  ['deliveryId', 'delivery_id = ?'],
] as const satisfies readonly (readonly [keyof TaskFilter, string])[]

// The outcome is written out, not bound: only so can the partial indexes be used.
const OUTCOMES = {
  accepted: "outcome = 'accepted'",
  duplicate: "outcome = 'duplicate'",
  refused: "outcome = 'refused'",
} as const

type Reads =
  | ('task' | 'attempts' | 'tasks' | 'countTasks' | 'backlog')
  | ('delivery' | 'deliveries' | 'events' | 'readLog')
  | ('collections' | 'documents' | 'documentsVersion' | 'auditEntries')

/** What is only looked at. */
export function createReads(session: Session): Pick<StoreInstance, Reads> {
  return {
    async task(id) {
      const [row] = await session.run(`${TASKS} WHERE id = $1`, [storable(id)])
      return row === undefined ? null : toTask(row)
    },
    async attempts(taskId) {
      return (await session.run(ATTEMPTS, [storable(taskId)])).map(toAttempt)
    },
    tasks(filter) {
      const where = TASK_FILTERS.flatMap(([key, sql]) => {
        const value = filter[key]
        return value === undefined ? [] : [[sql, value] as const]
      })
      const { after, limit } = filter
      return readPage(session, { select: TASKS, where, after, limit }, toTask)
    },
    async countTasks() {
      const counts = { waiting: 0, running: 0, succeeded: 0, dead: 0, cancelled: 0 }
      for (const row of await session.run(COUNT)) {
        counts[row['state'] as TaskState] = row['tasks'] as number
      }
      return counts
    },
    async delivery(id) {
      const [row] = await session.run(DELIVERY, [storable(id)])
      return row === undefined ? null : { ...toDelivery(row), body: row['body'] as Uint8Array }
    },
    deliveries(filter) {
      const { after, limit } = filter
      const request = { select: SUMMARIES, where: conditions(filter), after, limit }
      return readPage(session, request, (row) => {
        return { ...toDelivery(row), bodyBytes: row['body_bytes'] as number }
      })
    },
    async events(deliveryId) {
      const rows = await session.run(EVENTS, [storable(deliveryId)])
      return rows.map((row) => ({ ...toEvent(row), decisions: toDecisions(row) }))
    },
    collections: () => collections(session),
    documents: (collection) => documents(session, collection),
    documentsVersion: () => documentsVersion(session),
    auditEntries: (page) => readAudit(session, page),
    backlog: () => backlog(session),
    async readLog(taskId, { after = 0, limit, tail = false }) {
      const order = tail ? 'DESC' : 'ASC'
      const sql = `${LOG} ORDER BY sequence ${order} LIMIT $3`
      const chunks = (await session.run(sql, [storable(taskId), after, limit])).map(toLogChunk)
      return tail ? chunks.reverse() : chunks
    },
  }
}

function conditions({ source, outcome }: DeliveryFilter) {
  return [
    ...(source === undefined ? [] : [['source = ?', source] as const]),
    ...(outcome === undefined ? [] : [[OUTCOMES[outcome], null] as const]),
  ]
}
