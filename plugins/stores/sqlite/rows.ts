import type { SQLOutputValue } from 'node:sqlite'
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

type Row = Readonly<Record<string, SQLOutputValue>>

// Rows were written by this store under STRICT column types and CHECKs, so they are read without a second check.

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
    reason: row['reason'] as string | null,
    result: row['result'] === null ? null : JSON.parse(row['result'] as string),
    node: row['node'] as string | null,
    cancelRequested: row['cancel_requested'] === 1,
    policyKey: row['policy_key'] as string | null,
    priority: row['priority'] as number,
  }
}

export function toAttempt(row: Row): AttemptRecord {
  return {
    number: row['number'] as number,
    node: row['node'] as string,
    startedAt: row['started_at'] as number,
    endedAt: row['ended_at'] as number | null,
    status: row['status'] as AttemptStatus,
    exitCode: row['exit_code'] as number | null,
    reason: row['reason'] as string | null,
  }
}

/** All of a delivery but its body. */
export function toDelivery(row: Row): Omit<DeliveryRecord, 'body'> {
  return {
    id: row['id'] as string,
    source: row['source'] as string,
    receivedAt: row['received_at'] as number,
    method: row['method'] as string,
    path: row['path'] as string,
    headers: JSON.parse(row['headers'] as string) as Record<string, string>,
    client: row['client'] as string | null,
    outcome: row['outcome'] as DeliveryOutcome,
    reason: row['reason'] as string | null,
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
    type: row['type'] as string,
    senderId: row['sender_id'] as string | null,
    receivedAt: row['received_at'] as number,
    facts: JSON.parse(row['facts'] as string) as Facts,
    payload:
      (row['payload'] as string | null) ?? new TextDecoder().decode(row['body'] as Uint8Array),
  }
}

export function toDecisions(row: Row): readonly Decision[] {
  return JSON.parse(row['decisions'] as string) as Decision[]
}

export function toLogChunk(row: Row): LogChunk {
  return {
    sequence: row['sequence'] as number,
    attempt: row['attempt'] as number,
    stream: row['stream'] as LogChunk['stream'],
    at: row['at'] as number,
    text: row['text'] as string,
  }
}
