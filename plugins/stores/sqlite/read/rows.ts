import {
  createRowMappers,
  EVENT_COLUMNS,
  listedResults,
  type StoreRow,
} from '../../../../core/sdk/store/rows.ts'
import { unpackBody } from '../bodies/bodies.ts'

/** Statements have made texts readable already. */
export const rows = createRowMappers((text) => text)

/** The columns of `toEvent`. */
export const EVENT = `${EVENT_COLUMNS}, deliveries.unpacked_bytes`

export function toEvent(row: StoreRow): ReturnType<typeof rows.toEvent> {
  if (row['body'] === null) return rows.toEvent(row)
  return rows.toEvent({ ...row, body: bodyOf(row, row['delivery_id'] as string) })
}

/** The body in a row of a delivery. Throws `body_broken`. */
export function bodyOf(row: StoreRow, deliveryId: string): Uint8Array {
  const bytes = row['unpacked_bytes'] as number | null
  return unpackBody(row['body'] as Uint8Array, bytes, deliveryId)
}

// The length of a blob is read without the blob.
export const SUMMARIES = `
  SELECT id, source, received_at, method, path, headers, client, outcome, reason, original_id,
    recovered, coalesce(unpacked_bytes, length(body)) AS body_bytes
  FROM deliveries`

/** What a list shows of tasks. */
export const LISTED_TASKS = `
  SELECT id, state, rule, program, source, event_type, event_id, delivery_id, created_at, due_at, started_at, ended_at,
    attempts, lost_attempts, exit_code, reason, node, cancel_requested, policy_key, priority, parked_due_at, handed_over,
    next_id, approval, ${listedResults((text, part) => `instr(${text}, ${part})`)}
  FROM tasks`
