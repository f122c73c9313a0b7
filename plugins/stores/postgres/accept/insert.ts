import type { Batch } from '../batch/writes.ts'
import { LostRace } from '../database/fault.ts'
import { NOTED_COLUMNS, noteEndsOf, toNotes } from '../projection/notes.ts'
import type { Plan } from './accept.ts'

// One statement for all rows of a batch. The bodies come as one value, of which each delivery takes its part: single
// values would be sent as text. An event that another node has added meanwhile is skipped, which the count shows.
const INSERT = `
  WITH new_deliveries AS (
    INSERT INTO deliveries
      (id, source, received_at, method, path, headers, client, outcome, reason, original_id, recovered,
        body)
    SELECT id, source, received_at, method, path, headers, client, outcome, reason, original_id, recovered,
      substring($2::bytea FROM body_from FOR body_bytes)
    FROM json_to_recordset($1::json) AS r (
      id text, source text, received_at bigint, method text, path text, headers text, client text, outcome text,
      reason text, original_id text, recovered text, body_from integer, body_bytes integer
    )
  ), new_events AS (
    INSERT INTO events
      (delivery_id, id, position, source, type, sender_id, sender_key, facts, decisions, payload)
    SELECT delivery_id, id, position, source, type, sender_id, sender_key, facts, decisions, payload
    FROM json_to_recordset($3::json) AS r (
      delivery_id text, id text, position integer, source text, type text, sender_id text, sender_key text,
      facts text, decisions text, payload text
    )
    ON CONFLICT (source, sender_key) WHERE sender_key IS NOT NULL DO NOTHING
    RETURNING 1
  ), new_tasks AS (
    INSERT INTO tasks
      (id, delivery_id, event_id, source, event_type, rule, program, policy_key, lane, priority, payload_bytes,
        state, created_at, due_at, ended_at, replaced_by, reason, previous, parked_by, parked_due_at,
        approval)
    SELECT id, delivery_id, event_id, source, event_type, rule, program, policy_key, lane, priority, payload_bytes,
      state, created_at, due_at, ended_at, replaced_by, reason, previous, parked_by, parked_due_at,
      approval
    FROM json_to_recordset($4::json) AS r (
      id text, delivery_id text, event_id text, source text, event_type text, rule text, program text,
      policy_key text, lane text, priority integer, payload_bytes integer, state text, created_at bigint,
      due_at bigint, ended_at bigint, replaced_by text, reason text, previous text, parked_by text, parked_due_at bigint,
      approval text
    )
    RETURNING ${NOTED_COLUMNS}
  ), noted AS (
    INSERT INTO unprojected_deliveries (ids) SELECT unnest($5::text[])
  ), noted_ends AS (${noteEndsOf('new_tasks')})
  SELECT count(*) AS events FROM new_events`

/** Writes the plan. Throws `LostRace` if another node was first with one of the events. */
export async function insertPlanned({ transaction }: Batch, plan: Plan): Promise<void> {
  if (plan.deliveries.length + plan.tasks.size === 0) return
  await plan.replacing.carryOut()
  let bodyFrom = 1
  const deliveries = plan.deliveries.map((row) => {
    const body_from = bodyFrom
    bodyFrom += row['body_bytes'] as number
    return { ...row, body_from }
  })
  // In one order for all nodes, so that two with the same events do not wait in a circle.
  const events = plan.events.toSorted((one, other) => compare(senderOf(one), senderOf(other)))
  const [row] = await transaction.run(INSERT, [
    JSON.stringify(deliveries),
    Buffer.concat(plan.bodies),
    JSON.stringify(events),
    JSON.stringify([...plan.tasks.values()]),
    toNotes(plan.deliveries.map(({ id }) => id as string)),
  ])
  if (row?.['events'] !== events.length) throw new LostRace('Another node has the same event.')
}

function senderOf(event: Readonly<Record<string, unknown>>): string {
  return `${event['source']}\n${event['sender_key'] ?? ''}`
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
