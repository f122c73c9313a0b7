import { type Replaces, replacedReason } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { NOTED_COLUMNS, noteEndsOf } from '../projection/notes.ts'

const CANCEL = `
  UPDATE tasks SET state = 'cancelled', ended_at = $2, replaced_by = r.first, reason = $3 || r.first,
    due_at = coalesce(tasks.parked_due_at, tasks.due_at), parked_by = NULL, parked_due_at = NULL
  FROM json_to_recordset($1::json) AS r (program text, lane text, first text)
  WHERE tasks.state = 'waiting' AND tasks.program = r.program`
// Two statements, since an index of lanes serves `=` and the one of tasks without a key serves `IS NULL`.
const CANCEL_WAITING = noted(`${CANCEL} AND tasks.lane = r.lane`)
const CANCEL_WAITING_WITHOUT_KEY = noted(`${CANCEL} AND tasks.lane IS NULL AND r.lane IS NULL`)
const MARK_RUNNING = `
  UPDATE tasks SET replaced_by = r.last, cancel_requested = tasks.cancel_requested OR r.stops
  FROM json_to_recordset($1::json) AS r (program text, lane text, last text, stops boolean)
  WHERE tasks.state = 'running' AND tasks.program = r.program AND tasks.lane IS NOT DISTINCT FROM r.lane
  RETURNING tasks.id, r.stops`

interface Replacement {
  readonly program: string
  readonly lane: string | null
  /** The first of the new tasks that replaces: it replaced whatever waited before. */
  readonly first: string
  /** The last: a running task is marked with it. */
  last: string
  /** Whether a running task is to end. */
  stops: boolean
}

/** Lets new tasks replace earlier ones of their program and key, of the same batch and of the store. */
export class Replacing {
  readonly #batch: Batch
  readonly #replacements = new Map<string, Replacement>()
  /** New tasks that wait. */
  readonly #waiting = new Map<string, Record<string, unknown>[]>()

  constructor(batch: Batch) {
    this.#batch = batch
  }

  /** Adds the row of a new task, in the order of the calls. */
  add(row: Record<string, unknown>, replaces: Replaces): void {
    const [program, lane] = [row['program'] as string, row['lane'] as string | null]
    const key = JSON.stringify([program, lane])
    const id = row['id'] as string
    if (replaces !== 'none') {
      for (const earlier of this.#waiting.get(key) ?? []) this.#replace(earlier, id)
      this.#waiting.delete(key)
      const before = this.#replacements.get(key)
      const stops = replaces === 'all' || before?.stops === true
      this.#replacements.set(key, { program, lane, first: before?.first ?? id, last: id, stops })
    }
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) this.#waiting.set(key, [row])
    else waiting.push(row)
  }

  /** Before the new tasks are in the store. The locks of their programs must be held. */
  async carryOut(): Promise<void> {
    const { transaction, changes } = this.#batch
    const all = [...this.#replacements.values()]
    if (all.length === 0) return
    const text = JSON.stringify(all)
    if (all.some(({ lane }) => lane !== null)) await this.#cancel(CANCEL_WAITING, text)
    const hasNoKey = all.some(({ lane }) => lane === null)
    if (hasNoKey) await this.#cancel(CANCEL_WAITING_WITHOUT_KEY, text)
    for (const row of await transaction.run(MARK_RUNNING, [text])) {
      if (row['stops'] === true) changes.push({ kind: 'cancel', taskId: row['id'] as string })
    }
    // A task without a key may have failed and wait again since: no lock prevents that.
    if (hasNoKey) await this.#cancel(CANCEL_WAITING_WITHOUT_KEY, text)
  }

  async #cancel(sql: string, replacements: string): Promise<void> {
    const { transaction, now, changes } = this.#batch
    for (const row of await transaction.run(sql, [replacements, now, replacedReason('')])) {
      changes.push({ kind: 'task', taskId: row['id'] as string, state: 'cancelled' })
    }
  }

  #replace(row: Record<string, unknown>, by: string): void {
    row['state'] = 'cancelled'
    row['ended_at'] = this.#batch.now
    row['replaced_by'] = by
    row['reason'] = replacedReason(by)
    row['due_at'] = row['parked_due_at'] ?? row['due_at']
    row['parked_by'] = null
    row['parked_due_at'] = null
    this.#batch.changes.push({ kind: 'task', taskId: row['id'] as string, state: 'cancelled' })
  }
}

function noted(update: string): string {
  return `
    WITH cancelled AS (${update} RETURNING ${NOTED_COLUMNS}), noted AS (${noteEndsOf('cancelled')})
    SELECT id FROM cancelled`
}
