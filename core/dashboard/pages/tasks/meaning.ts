import { html } from 'hono/html'
import type { ProgramView } from '../../../api/programs/views.ts'
import type { TaskView } from '../../../api/tasks/views.ts'
import type { Html, PageContext } from '../../page.ts'
import { duration, number, timeAgo } from '../../parts/text.ts'

export interface TaskContext {
  readonly task: TaskView
  /** The program in force; null: the config has none of this name any more. */
  readonly program: ProgramView | null
  /** Tasks that keep it from being run: those of its program and key, if it is due and they are as many as may run. */
  readonly runningBefore: readonly TaskView[]
}

/** What the state of a task means, in sentences: why it waits, why it failed, what happens next. */
export function meaningOf(page: PageContext, context: TaskContext): readonly Html[] {
  const text = page.texts.task
  const { task } = context
  const reason = task.reason ?? text.unknownReason
  switch (task.state) {
    case 'succeeded': {
      const took = tookOf(task) ?? '–'
      return [
        html`${task.attempts > 1 ? text.succeededAt(task.attempts, took) : text.succeeded(took)}`,
      ]
    }
    case 'dead':
      return [
        html`${task.attempts === 0 ? text.deadBefore(reason) : text.dead(task.attempts, reason)}`,
        html`${text.deadMeans}`,
      ]
    case 'cancelled':
      return [html`${task.reason === null ? text.cancelledPlain : text.cancelled(reason)}`]
    case 'running':
      return runningMeans(page, context)
    case 'waiting':
      return waitingMeans(page, context)
  }
}

/** How long the last attempt took; null: it has not ended. */
export function tookOf({ startedAt, endedAt }: TaskView): string | null {
  if (startedAt === null || endedAt === null) return null
  return duration(Date.parse(endedAt) - Date.parse(startedAt))
}

function runningMeans({ texts }: PageContext, { task, program }: TaskContext): readonly Html[] {
  const text = texts.task
  const attempts = program === null ? '?' : String(program.retry.attempts)
  const limit = program === null ? null : duration(program.timeoutSeconds * 1000)
  return [
    html`${text.running(task.attempts, attempts, task.node ?? '?')}`,
    ...(task.cancelRequested ? [html`${text.stopping}`] : []),
    ...(limit === null ? [] : [html`${text.timeLimit(limit)}`]),
  ]
}

function waitingMeans(page: PageContext, context: TaskContext): readonly Html[] {
  const text = page.texts.task
  const { task } = context
  const failed =
    task.attempts === 0 || task.reason === null
      ? []
      : [html`${text.failedBefore(task.attempts, task.reason)}`]
  return [...failed, whyItWaits(page, context)]
}

function pauseMeans(page: PageContext, pause: NonNullable<TaskView['pausedBy']>): Html {
  const text = page.texts.task
  const { kind, name, by, since, reason, state } = pause
  if (state === 'resuming') return html`${text.resuming(text.kinds[kind], name)}`
  const paused = by === 'breaker' ? text.brokenBy(name) : text.pausedBy(text.kinds[kind], name, by)
  return html`${paused} ${timeAgo(page, since)}${reason === null ? '' : html`: ${reason}`}`
}

/** What has to change before any node runs a waiting task; null if nothing has. */
export function heldBack(page: PageContext, task: TaskView): Html | null {
  const text = page.texts.task
  if (task.approval?.state === 'pending') return html`${text.awaitsApproval}`
  if (task.pausedBy !== null) return pauseMeans(page, task.pausedBy)
  if (task.programGone) return html`${text.programGone}`
  if (task.waitingFor === null) return null
  const labels = task.waitingFor.join(', ')
  return html`${labels === '' ? text.noWorker : text.noNode(labels)}`
}

function whyItWaits(page: PageContext, { task, program, runningBefore }: TaskContext): Html {
  const text = page.texts.task
  const held = heldBack(page, task)
  if (held !== null) return held
  if (program === null) return html`${text.programGone}`
  if (Date.parse(task.dueAt) > Date.now()) {
    const next = text.nextAttempt(task.attempts + 1, String(program.retry.attempts))
    return html`${task.attempts === 0 ? text.due : next} ${timeAgo(page, task.dueAt)}.`
  }
  if (runningBefore.length === 0) return html`${text.ready}`
  const limit = number(page, program.policy.concurrency ?? runningBefore.length)
  const links = runningBefore.map(({ id }) => html` <a href="/tasks/${id}">${id}</a>`)
  return html`${task.policyKey === null ? text.busy(limit) : text.busyKey(limit, task.policyKey)}${links}`
}
