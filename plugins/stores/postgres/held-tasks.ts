import type { Lease, Settlement, StoreChange, TaskRecord } from '../../../core/index.ts'
import type { Row, Session } from './database.ts'
import { TASK_COLUMNS, toTask } from './rows.ts'
import { storable, storableOrNull } from './text.ts'
import { type Batch, replacedReason } from './writes.ts'

/** Taken back in one transaction; the next one takes more. */
const MAX_OVERDUE = 500
const SELECT = `
  SELECT ${TASK_COLUMNS}, tasks.fence, tasks.lane, tasks.lease_until, tasks.replaced_by,
    limits.concurrency IS NOT NULL AS has_concurrency
  FROM tasks LEFT JOIN limits ON limits.program = tasks.program`
const HOLD = `${SELECT} WHERE tasks.id = ANY ($1::text[]) ORDER BY tasks.id FOR UPDATE OF tasks`
// What another node has locked it is about to settle or to take back itself.
const HOLD_OVERDUE = `
  ${SELECT} WHERE tasks.state = 'running' AND tasks.lease_until <= $1
    AND (tasks.lane IS NULL OR tasks.program = ANY ($2::text[]))
  ORDER BY tasks.id LIMIT ${MAX_OVERDUE} FOR UPDATE OF tasks SKIP LOCKED`
const SAVE = `
  UPDATE tasks SET state = r.state, due_at = r.due_at, ended_at = r.ended_at, attempts = r.attempts, node = r.node,
    lease_until = r.lease_until, cancel_requested = r.cancel_requested, replaced_by = r.replaced_by,
    exit_code = r.exit_code, reason = r.reason, result = r.result
  FROM json_to_recordset($1::json) AS r (
    id text, state text, due_at bigint, ended_at bigint, attempts integer, node text, lease_until bigint,
    cancel_requested boolean, replaced_by text, exit_code bigint, reason text, result text
  ) WHERE tasks.id = r.id`
const END_ATTEMPTS = `
  UPDATE attempts SET status = r.status, ended_at = r.ended_at, exit_code = r.exit_code, reason = r.reason
  FROM json_to_recordset($1::json) AS r (
    task_id text, number bigint, status text, ended_at bigint, exit_code bigint, reason text
  ) WHERE attempts.task_id = r.task_id AND attempts.number = r.number`

/** What a task no longer has once it does not run. */
export const STOPPED = { node: null, lease_until: null }

/** Tasks whose rows are locked until the transaction ends: changed here, and written back at once. */
export class HeldTasks {
  readonly #batch: Batch
  readonly #rows: Map<string, Record<string, unknown>>
  readonly #changed = new Set<string>()
  readonly #endedAttempts: Row[] = []

  private constructor(batch: Batch, rows: readonly Row[]) {
    this.#batch = batch
    this.#rows = new Map(rows.map((row) => [row['id'] as string, { ...row }]))
  }

  static async hold(batch: Batch, ids: readonly string[]): Promise<HeldTasks> {
    const unique = [...new Set(ids.map(storable))]
    const rows = unique.length === 0 ? [] : await batch.transaction.run(HOLD, [unique])
    return new HeldTasks(batch, rows)
  }

  /** Running tasks whose lease ran out; those with a key only of programs whose locks are held. */
  static async holdOverdue(batch: Batch, locked: readonly string[]): Promise<HeldTasks> {
    return new HeldTasks(batch, await batch.transaction.run(HOLD_OVERDUE, [batch.now, locked]))
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id)
  }

  /** Changes columns of a task and answers it as it then is. */
  change(id: string, columns: Row): TaskRecord {
    const row = this.#rows.get(id)
    if (row === undefined) throw new Error('A task that is not held was to be changed.')
    const wasWaiting = row['state'] === 'waiting'
    Object.assign(row, columns)
    this.#changed.add(id)
    if (wasWaiting || row['state'] === 'waiting') {
      this.#batch.touched.add(row['program'] as string, row['lane'] as string | null)
    }
    return toTask(row)
  }

  endAttempt(
    { taskId, fence }: Lease,
    ended: Pick<Settlement, 'exitCode' | 'reason'>,
    status: string,
  ) {
    const { exitCode: exit_code, reason } = ended
    const attempt = {
      task_id: taskId,
      number: fence,
      status,
      exit_code,
      reason: storableOrNull(reason),
    }
    this.#endedAttempts.push({ ...attempt, ended_at: this.#batch.now })
  }

  /** The node of a running task is gone: it waits again, or ends where it was to be cancelled or was replaced. */
  takeBack(row: Row): void {
    const id = row['id'] as string
    const replacedBy = row['replaced_by'] as string | null
    this.endAttempt({ taskId: id, fence: row['fence'] as number }, LOST, 'lost')
    if (row['cancel_requested'] === true || replacedBy !== null) {
      const reason =
        replacedBy === null ? 'Cancelled; its node was lost.' : replacedReason(replacedBy)
      this.change(id, { ...STOPPED, state: 'cancelled', ended_at: this.#batch.now, reason })
      this.tell({ kind: 'task', taskId: id, state: 'cancelled' })
      return
    }
    this.change(id, { ...STOPPED, state: 'waiting', reason: 'Its node was lost.' })
    this.tell({ kind: 'task', taskId: id, state: 'waiting' })
  }

  all(): Iterable<Row> {
    return this.#rows.values()
  }

  tell(change: StoreChange): void {
    this.#batch.changes.push(change)
  }

  async save(): Promise<void> {
    const rows = [...this.#changed].map((id) => this.#rows.get(id))
    await runWith(this.#batch.transaction, SAVE, rows)
    await runWith(this.#batch.transaction, END_ATTEMPTS, this.#endedAttempts)
  }
}

export const LOST = { exitCode: null, reason: 'Its lease ran out.' }

async function runWith(session: Session, sql: string, rows: readonly unknown[]): Promise<void> {
  if (rows.length > 0) await session.run(sql, [JSON.stringify(rows)])
}
