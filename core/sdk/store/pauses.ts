import type { NewPause, PauseRecord, PauseTarget } from '../../contracts/pause.ts'
import { NEVER } from './never.ts'
import type { StoreRow } from './rows.ts'

/** One claim parks about this many tasks, and releases as many. More wait for the next claim. */
export const PARKED_PER_CLAIM = 200

/** Where a task stands in the order of claims. */
export interface QueuePlace {
  readonly priority: number
  readonly dueAt: number
  readonly id: string
}

/** A pause as a store keeps it. */
export interface KeptPause extends NewPause {
  readonly since: number
  readonly isResuming: boolean
  /** While it is resumed: all its tasks up to this place were released. Null: none. */
  readonly released: QueuePlace | null
  /** Of a breaker that is open. */
  readonly probe: KeptProbe | null
}

interface KeptProbe {
  readonly everyMs: number
  readonly at: number
  readonly taskId: string | null
}

/** What decides whether a pause holds a task back. */
export interface PausableTask extends QueuePlace {
  readonly source: string
  readonly rule: string
}

/** Reads a task as pauses see it. `dueColumn` has its own due time. */
export function toPausable(row: StoreRow, dueColumn: 'due_at' | 'parked_due_at'): PausableTask {
  return {
    id: row['id'] as string,
    source: row['source'] as string,
    rule: row['rule'] as string,
    priority: row['priority'] as number,
    dueAt: row[dueColumn] as number,
  }
}

/** Reads a row of the pauses. `readText` as for `createRowMappers`. */
export function toKeptPause(row: StoreRow, readText: (text: string) => string): KeptPause {
  const { priority, due_at: dueAt, id } = namedBy(row, 'released_')
  const { ms: everyMs, at, task: taskId } = namedBy(row, 'probe_')
  return {
    kind: row['kind'] as KeptPause['kind'],
    name: readText(row['name'] as string),
    since: row['since'] as number,
    by: row['actor'] as string,
    reason: row['reason'] === null ? null : readText(row['reason'] as string),
    isResuming: Boolean(row['is_resuming']),
    released: id === null ? null : ({ priority, dueAt, id } as QueuePlace),
    probe: everyMs === null ? null : ({ everyMs, at, taskId } as KeptProbe),
  }
}

function namedBy(row: StoreRow, prefix: string): StoreRow {
  const named = Object.entries(row).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(named.map(([name, value]) => [name.slice(prefix.length), value]))
}

/** Columns of the pauses, in the order of `pauseValues`. The first two are the key. */
export const PAUSE_COLUMNS = [
  'kind',
  'name',
  'since',
  'actor',
  'reason',
  'is_resuming',
  'released_priority',
  'released_due_at',
  'released_id',
  'probe_ms',
  'probe_at',
  'probe_task',
] as const

/** Values of the columns of a pause. */
export function pauseValues({ released, probe, ...pause }: KeptPause) {
  return [
    pause.kind,
    pause.name,
    pause.since,
    pause.by,
    pause.reason,
    pause.isResuming,
    released?.priority ?? null,
    released?.dueAt ?? null,
    released?.id ?? null,
    probe?.everyMs ?? null,
    probe?.at ?? null,
    probe?.taskId ?? null,
  ] as const
}

/** A pause as it is shown. */
export function toPauseRecord(
  { kind, name, by, reason, since, isResuming, probe }: KeptPause,
  isEnded = false,
): PauseRecord {
  const state = isEnded ? 'ended' : isResuming ? 'resuming' : 'paused'
  const shown = probe === null ? null : { at: probe.at, taskId: probe.taskId }
  return { kind, name, by, reason, since, state, probe: shown }
}

/** What a call makes of a pause. */
export interface PauseStep {
  readonly pause: KeptPause
  /** Whether the event of the call is to be accepted. */
  readonly isNew: boolean
}

/** Pauses a target that may be paused already. */
export function beginPause(before: KeptPause | null, asked: NewPause, now: number): PauseStep {
  const isNew = before === null || before.isResuming
  const since = isNew ? now : before.since
  return { pause: { ...asked, since, isResuming: false, released: null, probe: null }, isNew }
}

/** Begins to end a pause. Its tasks are released next. */
export function beginResume(before: KeptPause): PauseStep {
  return { pause: { ...before, isResuming: true, probe: null }, isNew: !before.isResuming }
}

/** What a task is parked by. Unique among pauses. */
export function parkedBy({ kind, name }: PauseTarget): string {
  return `${kind}/${name}`
}

/** The pause of a rule or source that holds a task back; null if none does. Paused programs are not claimed at all. */
export function holdingPause(task: PausableTask, pauses: readonly KeptPause[]): KeptPause | null {
  const holds = (pause: KeptPause): boolean =>
    pause.kind !== 'program' &&
    task[pause.kind] === pause.name &&
    !(pause.isResuming && isUpTo(task, pause.released))
  return pauses.find(holds) ?? null
}

function isUpTo(task: QueuePlace, place: QueuePlace | null): boolean {
  if (place === null) return false
  if (task.priority !== place.priority) return task.priority > place.priority
  if (task.dueAt !== place.dueAt) return task.dueAt < place.dueAt
  return task.id <= place.id
}

/** Whether tasks of a program may be claimed; `probe`: one of them. */
export type ProgramGate = 'open' | 'probe' | 'shut'

/**
 * Whether a program may be claimed.
 *
 * @param isProbing whether the task that was let through last still runs
 */
export function programGate(
  pause: KeptPause | null,
  { isProbing, now }: { readonly isProbing: boolean; readonly now: number },
): ProgramGate {
  if (pause === null) return 'open'
  return pause.probe !== null && !isProbing && pause.probe.at <= now ? 'probe' : 'shut'
}

/**
 * When the next task of a program may be claimed, if a task alone could be claimed at one of `times`; null if never.
 *
 * @param isProbing as for `programGate`
 */
export function claimableAt(
  times: readonly number[],
  pause: KeptPause | null,
  isProbing: boolean,
): number | null {
  const first = Math.min(...times, NEVER)
  if (first === NEVER) return null
  if (pause === null) return first
  return pause.probe === null || isProbing ? null : Math.max(first, pause.probe.at)
}

/** The pause after a task was let through as a probe. */
export function withProbe(pause: KeptPause, taskId: string, now: number): KeptPause {
  if (pause.probe === null) return pause
  const { everyMs } = pause.probe
  return { ...pause, probe: { everyMs, at: now + everyMs, taskId } }
}
