import type {
  DeliveryRecord,
  DeliverySummary,
  StoredEvent,
  TaskSummary,
} from '../contracts/store.ts'
import type { AttemptRecord, LogChunk, TaskRecord } from '../contracts/task.ts'
import type { Diagnosis } from '../receive/doctor/diagnose.ts'

/** A task as the API shows it. Times are ISO 8601 in UTC. */
export function taskView(task: TaskRecord, waitingFor: readonly string[] | null) {
  return {
    id: task.id,
    state: task.state,
    rule: task.rule,
    program: task.program,
    source: task.source,
    type: task.eventType,
    event: task.eventId,
    delivery: task.deliveryId,
    createdAt: time(task.createdAt),
    dueAt: time(task.dueAt),
    /** Labels that no live node has all of; empty where no live node works at all; null where one may run it. */
    waitingFor: task.state === 'waiting' ? waitingFor : null,
    startedAt: time(task.startedAt),
    endedAt: time(task.endedAt),
    attempts: task.attempts,
    exitCode: task.exitCode,
    reason: task.reason,
    result: task.result,
    node: task.node,
    cancelRequested: task.cancelRequested,
    policyKey: task.policyKey,
    priority: task.priority,
  }
}

export type TaskView = ReturnType<typeof taskView>

export function attemptView(attempt: AttemptRecord) {
  return { ...attempt, startedAt: time(attempt.startedAt), endedAt: time(attempt.endedAt) }
}

export function logView(chunk: LogChunk) {
  return { ...chunk, at: time(chunk.at) }
}

export function deliverySummaryView(delivery: DeliverySummary) {
  return {
    id: delivery.id,
    source: delivery.source,
    receivedAt: time(delivery.receivedAt),
    method: delivery.method,
    path: delivery.path,
    client: delivery.client,
    outcome: delivery.outcome,
    reason: delivery.reason,
    originalId: delivery.originalId,
    bodyBytes: delivery.bodyBytes,
  }
}

/** A delivery with its headers, never its body; secret headers were masked before it was stored. */
export function deliveryView(delivery: DeliveryRecord, events: readonly object[]) {
  const summary = deliverySummaryView({ ...delivery, bodyBytes: delivery.body.byteLength })
  return { ...summary, headers: delivery.headers, events }
}

/** Why a delivery was refused, as far as could be found out. */
export function diagnosisView(delivery: DeliveryRecord, { findings, tried }: Diagnosis) {
  const { id, source, outcome, reason } = delivery
  return { delivery: id, source, outcome, reason, findings, tried }
}

export type DiagnosisView = ReturnType<typeof diagnosisView>

export function eventView(event: StoredEvent, tasks: readonly TaskSummary[]) {
  const { id, type, senderId, facts, decisions } = event
  return { id, type, senderId, facts, decisions, tasks }
}

export function taskSummary({ id, rule, program, state }: TaskRecord): TaskSummary {
  return { id, rule, program, state }
}

function time(milliseconds: number): string
function time(milliseconds: number | null): string | null
function time(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}
