import type { DeliveryOutcome } from '../core/contracts/delivery.ts'
import type { Facts } from '../core/contracts/event.ts'
import type { StoreInstance } from '../core/contracts/store.ts'
import type { AttemptStatus, Decision, TaskState } from '../core/contracts/task.ts'
import {
  TRANSFER_KINDS,
  TRANSFER_TABLES,
  type TransferKind,
  type TransferRow,
  type TransferValue,
} from '../core/contracts/transfer.ts'
import { createId } from '../core/kit/id.ts'

/** Rows of a write. A store commits each write. */
const WRITE_ROWS = 1000

/** A delivery of the past with what became of it. Times are milliseconds since the epoch. */
export interface Seed {
  readonly at: number
  readonly source: string
  readonly headers?: Readonly<Record<string, string>>
  /** Also the payload of its event. */
  readonly body: string
  /** Default: accepted. */
  readonly outcome?: DeliveryOutcome
  /** Why it was refused. */
  readonly reason?: string
  /** Of its event. Default: it has none. */
  readonly type?: string
  readonly facts?: Facts
  readonly tasks?: readonly SeedTask[]
}

/** A task of the past, with one attempt unless it waits. */
export interface SeedTask {
  readonly rule: string
  readonly program: string
  readonly state: Exclude<TaskState, 'running'>
  /** From the delivery to the start, and from the start to the end. */
  readonly waitedMs: number
  readonly tookMs: number
  readonly reason?: string
  readonly exitCode?: number
  readonly result?: unknown
  readonly output?: string
}

const ATTEMPTS = {
  succeeded: 'succeeded',
  dead: 'failed',
  cancelled: 'cancelled',
} as const satisfies Readonly<Record<string, AttemptStatus>>

type Row = Readonly<Record<string, TransferValue>>

/**
 * Fills an empty store that is not open, as a move from another store would: some 100,000 deliveries with tasks in
 * seconds. Seeds are in the order of their times.
 */
export async function seedStore(store: StoreInstance, seeds: Iterable<Seed>): Promise<void> {
  const target = await store.transfer?.().openTarget('seeds')
  if (target === undefined) throw new Error('The store cannot be filled.')
  const rows = new Map<TransferKind, TransferRow[]>(TRANSFER_KINDS.map((kind) => [kind, []]))
  const add = (kind: TransferKind, row: Row) => {
    const names = Object.keys(TRANSFER_TABLES[kind].fields)
    rows.get(kind)?.push(names.map((name) => row[name] ?? null))
  }
  try {
    for (const seed of seeds) addSeed(seed, add)
    for (const [kind, all] of rows) {
      for (let start = 0; start < all.length; start += WRITE_ROWS) {
        await target.write(kind, all.slice(start, start + WRITE_ROWS))
      }
    }
    await target.finish()
  } finally {
    await target.close()
  }
}

function addSeed(seed: Seed, add: (kind: TransferKind, row: Row) => void): void {
  const { at, source, body, type, tasks = [], reason = null, outcome = 'accepted' } = seed
  const deliveryId = createId('dlv', at)
  add('deliveries', {
    id: deliveryId,
    source,
    received_at: at,
    method: 'POST',
    path: `/api/webhooks/${source}`,
    headers: JSON.stringify(seed.headers ?? { 'content-type': 'application/json' }),
    client: '192.0.2.7',
    outcome,
    reason,
    body: Buffer.from(body),
  })
  if (type === undefined) return
  const eventId = createId('evt', at)
  const decisions: Decision[] = []
  for (const task of tasks) {
    const taskId = createId('tsk', at)
    decisions.push({ rule: task.rule, program: task.program, matched: true, taskId })
    addTask(task, { ...{ taskId, deliveryId, eventId, source, type, at }, add })
  }
  add('events', {
    delivery_id: deliveryId,
    id: eventId,
    position: 0,
    source,
    type,
    facts: JSON.stringify(seed.facts ?? {}),
    decisions: JSON.stringify(decisions),
  })
}

interface TaskPlace {
  readonly taskId: string
  readonly deliveryId: string
  readonly eventId: string
  readonly source: string
  readonly type: string
  readonly at: number
  readonly add: (kind: TransferKind, row: Row) => void
}

function addTask(task: SeedTask, place: TaskPlace): void {
  const { taskId, deliveryId, eventId, source, type, at, add } = place
  const { rule, program, state, reason = null, exitCode = null, result, output } = task
  const hasRun = state !== 'waiting'
  const startedAt = at + task.waitedMs
  const endedAt = startedAt + task.tookMs
  add('tasks', {
    id: taskId,
    delivery_id: deliveryId,
    event_id: eventId,
    source,
    event_type: type,
    ...{ rule, program, state, reason },
    priority: 0,
    created_at: at,
    due_at: at,
    started_at: hasRun ? startedAt : null,
    ended_at: hasRun ? endedAt : null,
    attempts: hasRun ? 1 : 0,
    lost_attempts: 0,
    fence: hasRun ? 1 : 0,
    cancel_requested: false,
    exit_code: exitCode,
    result: result === undefined ? null : JSON.stringify(result),
  })
  if (state === 'waiting') return
  const status = ATTEMPTS[state]
  const times = { started_at: startedAt, ended_at: endedAt }
  add('attempts', {
    ...{ task_id: taskId, number: 1, node: 'node-1', ...times, status, reason },
    exit_code: exitCode,
  })
  if (output === undefined) return
  const line = { task_id: taskId, sequence: 1, attempt: 1, stream: 'stdout' }
  add('log_chunks', { ...line, at: startedAt, text: output })
}
