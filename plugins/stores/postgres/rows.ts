import type {
  AttemptRecord,
  AttemptStatus,
  Decision,
  DeliveryOutcome,
  DeliveryRecord,
  Facts,
  LogChunk,
  StoredEvent,
  TaskRecord,
  TaskState,
} from '../../../core/index.ts'
import type { Row } from './database.ts'
import { readable, readableOrNull } from './text.ts'

// Rows were written by this store into typed columns, so they are read without a second check. Columns are always
// named: what a statement answers must not change when a newer node has added one.

export const TASK_COLUMNS = `
  tasks.id, tasks.state, tasks.rule, tasks.program, tasks.source, tasks.event_type, tasks.event_id, tasks.delivery_id,
  tasks.created_at, tasks.due_at, tasks.started_at, tasks.ended_at, tasks.attempts, tasks.exit_code, tasks.reason,
  tasks.result, tasks.node, tasks.cancel_requested, tasks.policy_key, tasks.priority`

export function toTask(row: Row): TaskRecord {
  return {
    id: row['id'] as string,
    state: row['state'] as TaskState,
    rule: row['rule'] as string,
    program: row['program'] as string,
    source: row['source'] as string,
    eventType: row['event_type'] as string,
    eventId: row['event_id'] as string,
    deliveryId: row['delivery_id'] as string,
    createdAt: row['created_at'] as number,
    dueAt: row['due_at'] as number,
    startedAt: row['started_at'] as number | null,
    endedAt: row['ended_at'] as number | null,
    attempts: row['attempts'] as number,
    exitCode: row['exit_code'] as number | null,
    reason: readableOrNull(row['reason']),
    result: row['result'] === null ? null : JSON.parse(readable(row['result'] as string)),
    node: row['node'] as string | null,
    cancelRequested: row['cancel_requested'] as boolean,
    policyKey: readableOrNull(row['policy_key']),
    priority: row['priority'] as number,
  }
}

export const ATTEMPT_COLUMNS = 'number, node, started_at, ended_at, status, exit_code, reason'

export function toAttempt(row: Row): AttemptRecord {
  return {
    number: row['number'] as number,
    node: row['node'] as string,
    startedAt: row['started_at'] as number,
    endedAt: row['ended_at'] as number | null,
    status: row['status'] as AttemptStatus,
    exitCode: row['exit_code'] as number | null,
    reason: readableOrNull(row['reason']),
  }
}

/** All of a delivery but its body. */
export const DELIVERY_COLUMNS =
  'id, source, received_at, method, path, headers, client, outcome, reason, original_id'

export function toDelivery(row: Row): Omit<DeliveryRecord, 'body'> {
  return {
    id: row['id'] as string,
    source: row['source'] as string,
    receivedAt: row['received_at'] as number,
    method: readable(row['method'] as string),
    path: readable(row['path'] as string),
    headers: JSON.parse(readable(row['headers'] as string)) as Record<string, string>,
    client: row['client'] as string | null,
    outcome: row['outcome'] as DeliveryOutcome,
    reason: readableOrNull(row['reason']),
    originalId: row['original_id'] as string | null,
  }
}

/** Columns of an event and its delivery that make an event without decisions; `body` only where it is the payload. */
export const EVENT_COLUMNS = `
  events.id AS event_id, events.delivery_id, events.source, events.type, events.sender_id, events.facts,
  events.payload, deliveries.received_at, CASE WHEN events.payload IS NULL THEN deliveries.body END AS body`

/** Reads a row of `EVENT_COLUMNS`. */
export function toEvent(row: Row): Omit<StoredEvent, 'decisions'> {
  return {
    id: row['event_id'] as string,
    deliveryId: row['delivery_id'] as string,
    source: row['source'] as string,
    type: readable(row['type'] as string),
    senderId: readableOrNull(row['sender_id']),
    receivedAt: row['received_at'] as number,
    facts: JSON.parse(readable(row['facts'] as string)) as Facts,
    payload: readableOrNull(row['payload']) ?? new TextDecoder().decode(row['body'] as Uint8Array),
  }
}

export function toDecisions(row: Row): readonly Decision[] {
  return JSON.parse(readable(row['decisions'] as string)) as Decision[]
}

export function toLogChunk(row: Row): LogChunk {
  return {
    sequence: row['sequence'] as number,
    attempt: row['attempt'] as number,
    stream: row['stream'] as LogChunk['stream'],
    at: row['at'] as number,
    text: readable(row['text'] as string),
  }
}
