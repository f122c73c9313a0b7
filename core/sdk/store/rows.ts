import type { AuditEntry, StoredDocument } from '../../contracts/document.ts'
import type { Facts } from '../../contracts/event.ts'
import type { NodeRecord } from '../../contracts/node-registry.ts'
import type { ProgramBacklog } from '../../contracts/retention.ts'
import type {
  DeliveryRecord,
  DeliverySummary,
  HandedOverTask,
  NextTask,
  OutlinedEvent,
  Recovery,
  StoredEvent,
  TaskSummary,
} from '../../contracts/store.ts'
import type {
  AttemptRecord,
  Decision,
  HandedOver,
  LogChunk,
  PendingApproval,
  PreviousStep,
  TaskRecord,
  UnlistedResult,
} from '../../contracts/task.ts'
import { parseKeepingDigits } from '../../kit/exact-json.ts'
import { shownApproval, toApproval } from './approvals.ts'
import { NEVER } from './never.ts'

/** A row of an SQL database. Columns have the names of `TRANSFER_TABLES`. */
export type StoreRow = Readonly<Record<string, unknown>>

/**
 * Functions that turn rows into records. Columns are trusted, since only the store itself writes them. Booleans may be
 * numbers.
 *
 * @param readText undoes what the store does to text that senders, programs and people give, before it is written.
 */
export function createRowMappers(readText: (text: string) => string) {
  const text = (value: unknown): string => readText(value as string)
  const textOrNull = (value: unknown): string | null => (value === null ? null : text(value))

  /** All of a delivery except its body. */
  const toDelivery = (row: StoreRow): Omit<DeliveryRecord, 'body'> => ({
    id: row['id'] as string,
    source: row['source'] as string,
    receivedAt: row['received_at'] as number,
    method: text(row['method']),
    path: text(row['path']),
    headers: JSON.parse(text(row['headers'])) as DeliveryRecord['headers'],
    client: row['client'] as string | null,
    outcome: row['outcome'] as DeliveryRecord['outcome'],
    reason: textOrNull(row['reason']),
    originalId: row['original_id'] as string | null,
    ...(row['recovered'] != null && { recovered: row['recovered'] as Recovery }),
  })

  return {
    toTask: (row: StoreRow): TaskRecord => ({
      id: row['id'] as string,
      state: row['state'] as TaskRecord['state'],
      rule: row['rule'] as string,
      program: row['program'] as string,
      source: row['source'] as string,
      eventType: row['event_type'] as string,
      eventId: row['event_id'] as string,
      deliveryId: row['delivery_id'] as string,
      createdAt: row['created_at'] as number,
      dueAt: (row['parked_due_at'] ?? row['due_at']) as number,
      startedAt: row['started_at'] as number | null,
      endedAt: row['ended_at'] as number | null,
      attempts: row['attempts'] as number,
      lostAttempts: row['lost_attempts'] as number,
      exitCode: row['exit_code'] as number | null,
      reason: textOrNull(row['reason']),
      result:
        row['result'] === null
          ? null
          : (parseKeepingDigits(text(row['result'])) as TaskRecord['result']),
      node: row['node'] as string | null,
      handedOver: row['handed_over'] === null ? null : toHandedOver(row['handed_over']),
      cancelRequested: Boolean(row['cancel_requested']),
      policyKey: textOrNull(row['policy_key']),
      priority: row['priority'] as number,
      ...toPrevious(textOrNull(row['previous'])),
      ...toLeftOut(row),
      next: row['next_id'] as string | null,
      approval: shownApproval(row['approval'] as string | null, row['state']),
    }),

    toTaskSummary: (row: StoreRow): TaskSummary => ({
      id: row['id'] as string,
      rule: row['rule'] as string,
      program: row['program'] as string,
      state: row['state'] as TaskRecord['state'],
    }),

    toAttempt: (row: StoreRow): AttemptRecord => ({
      number: row['number'] as number,
      node: row['node'] as string,
      startedAt: row['started_at'] as number,
      endedAt: row['ended_at'] as number | null,
      status: row['status'] as AttemptRecord['status'],
      exitCode: row['exit_code'] as number | null,
      reason: textOrNull(row['reason']),
    }),

    toDelivery,

    /** Reads a row with the length of the body as `body_bytes`. */
    toSummary: (row: StoreRow): DeliverySummary => ({
      ...toDelivery(row),
      bodyBytes: row['body_bytes'] as number,
    }),

    /** Reads a row of `EVENT_COLUMNS`. */
    toEvent: (row: StoreRow): Omit<StoredEvent, 'decisions'> => ({
      id: row['event_id'] as string,
      deliveryId: row['delivery_id'] as string,
      source: row['source'] as string,
      type: text(row['type']),
      senderId: textOrNull(row['sender_id']),
      receivedAt: row['received_at'] as number,
      facts: parseKeepingDigits(text(row['facts'])) as Facts,
      payload: textOrNull(row['payload']) ?? new TextDecoder().decode(row['body'] as Uint8Array),
    }),

    toOutlinedEvent: (row: StoreRow): OutlinedEvent => ({
      id: row['id'] as string,
      type: text(row['type']),
      facts: parseKeepingDigits(text(row['facts'])) as Facts,
    }),

    toDecisions: (row: StoreRow): readonly Decision[] =>
      JSON.parse(text(row['decisions'])) as Decision[],

    toLogChunk: (row: StoreRow): LogChunk => ({
      sequence: row['sequence'] as number,
      attempt: row['attempt'] as number,
      stream: row['stream'] as LogChunk['stream'],
      at: row['at'] as number,
      text: text(row['text']),
    }),

    toDocument: (row: StoreRow): StoredDocument => ({
      collection: text(row['collection']),
      name: text(row['name']),
      value: text(row['value']),
      version: row['version'] as number,
      changedAt: row['changed_at'] as number,
    }),

    toAuditEntry: (row: StoreRow): AuditEntry => ({
      sequence: row['sequence'] as number,
      at: row['at'] as number,
      actor: text(row['actor']),
      action: text(row['action']),
      target: text(row['target']),
      outcome: row['outcome'] as AuditEntry['outcome'],
      detail: text(row['detail']),
      client: textOrNull(row['client']),
      node: text(row['node']),
      hash: row['hash'] as string,
    }),
  }
}

/** The columns of `toHandedOverTask`. */
export const HANDED_OVER_COLUMNS = 'id, fence, handed_over, started_at, cancel_requested'

export function toHandedOverTask(row: StoreRow): HandedOverTask {
  return {
    lease: { taskId: row['id'] as string, fence: row['fence'] as number },
    handedOver: toHandedOver(row['handed_over']),
    startedAt: row['started_at'] as number,
    cancelRequested: Boolean(row['cancel_requested']),
  }
}

/** The column `previous` of a next step. Its result stays JSON text, so that every digit is kept. */
export function previousText(task: string, { step, previous }: NextTask): string {
  const { program, exitCode, result } = previous
  // The result is last: see `listedResults`.
  return JSON.stringify({ step, task, program, exitCode, result })
}

/** Bytes as stored, sealed or not. */
const MAX_LISTED_BYTES = 32 * 1024
const isLarge = (column: string) => `octet_length(tasks.${column}) > ${MAX_LISTED_BYTES}`

/**
 * The columns `result` and `previous` of tasks in a list. Large results are left out: a page of them could have hundreds of
 * megabytes, and hold up what else the store has to do.
 */
export const listedResults = (position: (text: string, part: string) => string): string => `
  CASE WHEN ${isLarge('result')} THEN NULL ELSE tasks.result END AS result,
  ${isLarge('result')} AS result_left_out,
  CASE WHEN ${isLarge('previous')}
    THEN substr(tasks.previous, 1, ${position('tasks.previous', `'"result":'`)} + 8) || 'null}'
    ELSE tasks.previous END AS previous,
  ${isLarge('previous')} AS previous_left_out`

function toLeftOut(row: StoreRow): Pick<TaskRecord, 'leftOut'> {
  const leftOut: UnlistedResult[] = []
  if (row['result_left_out']) leftOut.push('result')
  if (row['previous_left_out']) leftOut.push('previous.result')
  return leftOut.length === 0 ? {} : { leftOut }
}

function toPrevious(text: string | null): Pick<TaskRecord, 'step' | 'previous'> {
  if (text === null) return { step: 0, previous: null }
  const { step, result, ...previous } = JSON.parse(text) as Kept
  return {
    step,
    previous: { ...previous, result: result === null ? null : parseKeepingDigits(result) },
  }
}

interface Kept extends PreviousStep {
  readonly step: number
  readonly result: string | null
}

function toHandedOver(text: unknown): HandedOver {
  return JSON.parse(text as string) as HandedOver
}

/** Reads a row with `id` and `approval`. */
export function toPendingApproval(row: StoreRow, now: number): PendingApproval {
  const until = toApproval(row['approval'] as string)?.until ?? 0
  return { taskId: row['id'] as string, until, isOver: until <= now }
}

/** Columns of an event and its delivery; `body` is read only if it is the payload. */
export const EVENT_COLUMNS = `
  events.id AS event_id, events.delivery_id, events.source, events.type, events.sender_id, events.facts,
  events.payload, deliveries.received_at, CASE WHEN events.payload IS NULL THEN deliveries.body END AS body`

/** Reads a node, with `running` counted. */
export function toNode(row: StoreRow): NodeRecord {
  return {
    name: row['name'] as string,
    role: row['role'] as NodeRecord['role'],
    labels: JSON.parse(row['labels'] as string) as string[],
    version: row['version'] as string,
    startedAt: row['started_at'] as number,
    config: row['config'] as string,
    seenAt: row['seen_at'] as number,
    draining: Boolean(row['draining']),
    running: row['running'] as number,
  }
}

/** Reads how many tasks of a program wait and run. Sums may come as text. */
export function toBacklog(row: StoreRow): ProgramBacklog {
  return {
    program: row['program'] as string,
    waiting: Number(row['waiting']),
    running: Number(row['running']),
    oldestDueAt: row['due_at'] === NEVER ? null : (row['due_at'] as number | null),
  }
}

/** Number of tasks in each state, from rows that have a state and its number of `tasks`. */
export function toTaskCounts(rows: readonly StoreRow[]): Record<TaskRecord['state'], number> {
  const counts = { waiting: 0, running: 0, succeeded: 0, dead: 0, cancelled: 0 }
  for (const row of rows) counts[row['state'] as TaskRecord['state']] = row['tasks'] as number
  return counts
}
