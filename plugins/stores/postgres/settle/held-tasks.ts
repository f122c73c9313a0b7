import type { HeldTask, TaskStep } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { leaveGroups } from '../counts/errors.ts'
import type { Session } from '../database/database.ts'
import { storable, storableOrNull } from '../database/text.ts'
import { NOTED_COLUMNS, noteEndsOf } from '../projection/notes.ts'
import { TASK_COLUMNS } from '../read/rows.ts'

/** Tasks taken back in one transaction; the next one takes more. */
const MAX_OVERDUE = 500
const SELECT = `
  SELECT ${TASK_COLUMNS}, tasks.fence, tasks.lane, tasks.lease_until, tasks.replaced_by, tasks.parked_by,
    tasks.payload_bytes,
    limits.concurrency IS NOT NULL AS has_concurrency
  FROM tasks LEFT JOIN limits ON limits.program = tasks.program`
const HOLD = `${SELECT} WHERE tasks.id = ANY ($1::text[]) ORDER BY tasks.id FOR UPDATE OF tasks`
// A task that another node has locked is about to be settled or taken back by that node.
const HOLD_OVERDUE = `
  ${SELECT} WHERE tasks.state = 'running' AND tasks.lease_until <= $1
    AND (tasks.lane IS NULL OR tasks.program = ANY ($2::text[]))
  ORDER BY tasks.id LIMIT ${MAX_OVERDUE} FOR UPDATE OF tasks SKIP LOCKED`
// Only a task that ends has an end afterwards: one that has ended changes only if it waits again.
const SAVE = `
  WITH saved AS (UPDATE tasks SET state = r.state, due_at = r.due_at, ended_at = r.ended_at, attempts = r.attempts,
    lost_attempts = r.lost_attempts, node = r.node, lease_until = r.lease_until, cancel_requested = r.cancel_requested, replaced_by = r.replaced_by,
    exit_code = r.exit_code, reason = r.reason, result = r.result, parked_by = r.parked_by,
    parked_due_at = r.parked_due_at, handed_over = r.handed_over, next_id = r.next_id,
    approval = r.approval
  FROM json_to_recordset($1::json) AS r (
    id text, state text, due_at bigint, ended_at bigint, attempts integer, lost_attempts integer, node text, lease_until bigint,
    cancel_requested boolean, replaced_by text, exit_code bigint, reason text, result text, parked_by text,
    parked_due_at bigint, handed_over text, next_id text, approval text
  ) WHERE tasks.id = r.id RETURNING ${NOTED_COLUMNS})
  ${noteEndsOf('saved')}`
const END_ATTEMPTS = `
  UPDATE attempts SET status = r.status, ended_at = r.ended_at, exit_code = r.exit_code, reason = r.reason
  FROM json_to_recordset($1::json) AS r (
    task_id text, number bigint, status text, ended_at bigint, exit_code bigint, reason text
  ) WHERE attempts.task_id = r.task_id AND attempts.number = r.number`

/** Tasks whose rows are locked until the transaction ends. They are changed in memory and written back together. */
export class HeldTasks {
  readonly #batch: Batch
  readonly #tasks: Map<string, HeldTask>
  readonly #changed = new Set<string>()
  readonly #endedAttempts: unknown[] = []
  readonly #revived: string[] = []

  private constructor(batch: Batch, tasks: readonly HeldTask[]) {
    this.#batch = batch
    this.#tasks = new Map(tasks.map((task) => [task.id, task]))
  }

  static async hold(batch: Batch, ids: readonly string[]): Promise<HeldTasks> {
    const unique = [...new Set(ids.map(storable))]
    const rows = unique.length === 0 ? [] : await batch.transaction.run(HOLD, [unique])
    return new HeldTasks(batch, rows as readonly HeldTask[])
  }

  /** Running tasks whose lease ran out; tasks with a key only if the lock of their program is held. */
  static async holdOverdue(batch: Batch, locked: readonly string[]): Promise<HeldTasks> {
    const rows = await batch.transaction.run(HOLD_OVERDUE, [batch.now, locked])
    return new HeldTasks(batch, rows as readonly HeldTask[])
  }

  get(id: string): HeldTask | undefined {
    return this.#tasks.get(id)
  }

  all(): Iterable<HeldTask> {
    return this.#tasks.values()
  }

  /** Returns the task as it then is. */
  carryOut(task: HeldTask, { columns, attempt, changes }: TaskStep): HeldTask {
    const { now, touched, changes: all } = this.#batch
    const next: HeldTask = {
      ...task,
      ...columns,
      reason: columns.reason === undefined ? task.reason : storableOrNull(columns.reason),
      result: columns.result === undefined ? task.result : storableOrNull(columns.result),
    }
    this.#tasks.set(task.id, next)
    this.#changed.add(task.id)
    if (attempt !== null) {
      this.#endedAttempts.push({
        task_id: task.id,
        number: task.fence,
        status: attempt.status,
        ended_at: now,
        exit_code: attempt.exitCode,
        reason: storableOrNull(attempt.reason),
      })
    }
    if (task.state === 'dead') this.#revived.push(task.id)
    if (task.state === 'waiting' || next.state === 'waiting') {
      touched.add(task['program'] as string, task['lane'] as string | null)
    }
    all.push(...changes)
    return next
  }

  async save(): Promise<void> {
    const tasks = [...this.#changed].map((id) => this.#tasks.get(id))
    await runWith(this.#batch.transaction, SAVE, tasks)
    await runWith(this.#batch.transaction, END_ATTEMPTS, this.#endedAttempts)
    await leaveGroups(this.#batch.transaction, this.#revived)
  }
}

async function runWith(session: Session, sql: string, rows: readonly unknown[]): Promise<void> {
  if (rows.length > 0) await session.run(sql, [JSON.stringify(rows)])
}
