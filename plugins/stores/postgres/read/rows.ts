import { createRowMappers, listedResults } from '../../../../core/sdk/store.ts'
import { readable } from '../database/text.ts'

// Columns are always named: what a statement returns must not change when a newer node has added a column.

const OTHER_TASK_COLUMNS = `
  tasks.id, tasks.state, tasks.rule, tasks.program, tasks.source, tasks.event_type, tasks.event_id, tasks.delivery_id,
  tasks.created_at, tasks.due_at, tasks.started_at, tasks.ended_at, tasks.attempts, tasks.lost_attempts,
  tasks.exit_code, tasks.reason, tasks.node, tasks.cancel_requested, tasks.policy_key, tasks.priority,
  tasks.parked_due_at, tasks.handed_over, tasks.next_id, tasks.approval`

export const TASK_COLUMNS = `${OTHER_TASK_COLUMNS}, tasks.result, tasks.previous`

/** What a list shows of tasks. */
export const LISTED_TASKS = `
  SELECT ${OTHER_TASK_COLUMNS}, ${listedResults((text, part) => `strpos(${text}, ${part})`)} FROM tasks`

export const ATTEMPT_COLUMNS = 'number, node, started_at, ended_at, status, exit_code, reason'

/** All of a delivery except its body. */
export const DELIVERY_COLUMNS =
  'id, source, received_at, method, path, headers, client, outcome, reason, original_id, recovered'

/** Deliveries without their bodies, which are not read. */
export const SUMMARIES = `SELECT ${DELIVERY_COLUMNS}, octet_length(body) AS body_bytes FROM deliveries`

export const rows = createRowMappers(readable)
