import type {
  Approval,
  AttemptRecord,
  LogChunk,
  TaskRecord,
  UnlistedResult,
} from '../../contracts/task.ts'
import type { ReportRecord } from '../../reporting/record.ts'
import { isoTime } from '../iso-time.ts'
import type { PauseView } from '../pauses/views.ts'

/** Characters of JSON. */
const MAX_LISTED_RESULT = 4096

/** Why a task would wait. */
export interface Waiting {
  readonly waitingFor: readonly string[] | null
  readonly pausedBy: Omit<PauseView, 'breaker'> | null
  /** Whether the config in force has no program of its name. */
  readonly isProgramGone: boolean
}

/** A task as the API shows it. Times are ISO 8601 in UTC. */
export function taskView(task: TaskRecord, { waitingFor, pausedBy, isProgramGone }: Waiting) {
  return {
    id: task.id,
    state: task.state,
    rule: task.rule,
    program: task.program,
    source: task.source,
    type: task.eventType,
    event: task.eventId,
    delivery: task.deliveryId,
    createdAt: isoTime(task.createdAt),
    dueAt: isoTime(task.dueAt),
    /**
     * For a waiting task that no live node can run: the labels that a node would need, or none if no live node runs
     * tasks at all. Else null.
     */
    waitingFor: task.state === 'waiting' ? waitingFor : null,
    /** Whether a waiting task is of a program that the config has not any more. */
    programGone: isProgramGone && task.state === 'waiting',
    /** The pause that holds a waiting task back. */
    pausedBy: task.state === 'waiting' ? pausedBy : null,
    startedAt: isoTime(task.startedAt),
    endedAt: isoTime(task.endedAt),
    attempts: task.attempts,
    lostAttempts: task.lostAttempts,
    exitCode: task.exitCode,
    reason: task.reason,
    result: task.result,
    node: task.node,
    /** Where the latest attempt runs, or ran, outside of Hookline. */
    handedOver:
      task.handedOver === null
        ? null
        : { ref: task.handedOver.ref, at: isoTime(task.handedOver.at) },
    cancelRequested: task.cancelRequested,
    policyKey: task.policyKey,
    priority: task.priority,
    /** Its place in the `then` of its rule, from 1. */
    step: task.step,
    /** What a step of `then` follows, and what it was given of it. */
    previous: task.previous,
    /** The task of the next step. */
    next: task.next,
    /** Whether somebody lets it run; null: nobody is asked. */
    approval: approvalView(task.approval),
  }
}

/**
 * A task in a list. Large results are left out, since those of a page could have hundreds of megabytes; `leftOut` names
 * them.
 */
export function listedTaskView(task: TaskRecord, waiting: Waiting): ListedTaskView {
  const view = taskView(task, waiting)
  const { result, previous } = view
  const leftOut = [
    ...(task.leftOut ?? []),
    ...(isLarge(result) ? (['result'] as const) : []),
    ...(isLarge(previous?.result) ? (['previous.result'] as const) : []),
  ]
  if (leftOut.length === 0) return view
  return {
    ...view,
    result: leftOut.includes('result') ? null : result,
    previous:
      previous !== null && leftOut.includes('previous.result')
        ? { ...previous, result: null }
        : previous,
    leftOut,
  }
}

function isLarge(result: unknown): boolean {
  return JSON.stringify(result ?? null).length > MAX_LISTED_RESULT
}

/** An approval as a task shows it. */
export function approvalView(approval: Approval | null) {
  if (approval === null) return null
  const { state, until, by, at } = approval
  return { state, until: isoTime(until), decidedBy: by, decidedAt: isoTime(at) }
}

export type TaskView = ReturnType<typeof taskView>
interface ListedTaskView extends TaskView {
  readonly leftOut?: readonly UnlistedResult[]
}

/** What the provider was told about a task; null: nothing, and it is not to be. */
export function reportView(record: ReportRecord | null) {
  if (record === null) return null
  const { to, name, repository, commit, state, toldAt, fault, nextAt } = record
  const place = commit === null || commit === '' ? null : { repository, commit }
  return { to, name, place, state, toldAt: isoTime(toldAt), fault, nextTryAt: isoTime(nextAt) }
}

export type ReportView = ReturnType<typeof reportView>

export function attemptView(attempt: AttemptRecord) {
  return { ...attempt, startedAt: isoTime(attempt.startedAt), endedAt: isoTime(attempt.endedAt) }
}

export function logView(chunk: LogChunk) {
  return { ...chunk, at: isoTime(chunk.at) }
}

export type AttemptView = ReturnType<typeof attemptView>
export type LogChunkView = ReturnType<typeof logView>

/** A task of an event, with the task that it follows. */
export function taskSummary({ id, rule, program, state, step, previous }: TaskRecord) {
  return { id, rule, program, state, step, follows: previous?.task ?? null }
}

export type EventTaskView = ReturnType<typeof taskSummary>
