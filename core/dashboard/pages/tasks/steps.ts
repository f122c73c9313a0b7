import { html } from 'hono/html'
import type { AttemptView, TaskView } from '../../../api/tasks/views.ts'
import type { PageContext } from '../../page.ts'
import { badge, type Tone } from '../../parts/badges.ts'
import { duration } from '../../parts/text.ts'
import type { Step } from '../../parts/timeline.ts'

const TONES: Readonly<Record<AttemptView['status'], Tone>> = {
  running: 'busy',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'quiet',
  lost: 'bad',
  returned: 'quiet',
}
/** Gaps between attempts that are shorter are not worth a line. */
const MIN_WAIT_MS = 100
const MAX_ATTEMPTS = 50

/** What happened to a task: created, each attempt with its wait before it, what comes next. */
export function stepsOf(
  page: PageContext,
  task: TaskView,
  history: readonly AttemptView[],
): readonly Step[] {
  const text = page.texts.task
  const shown = history.slice(-MAX_ATTEMPTS)
  const leftOut = history.length - shown.length
  const steps: Step[] = [{ at: task.createdAt, tone: 'quiet', title: text.stepCreated }]
  if (leftOut > 0) steps.push({ at: null, tone: 'quiet', title: text.stepsLeftOut(leftOut) })
  let before = leftOut === 0 ? task.createdAt : (history.at(leftOut - 1)?.endedAt ?? null)
  for (const [index, attempt] of shown.entries()) {
    steps.push(attemptStep(page, attempt, { position: leftOut + index + 1, before }))
    before = attempt.endedAt
  }
  if (task.state === 'waiting' && task.approval?.state !== 'pending') {
    const title = history.length === 0 ? text.stepDue : text.stepNext
    steps.push({ at: task.dueAt, tone: 'wait', title })
  }
  return steps
}

interface Place {
  readonly position: number
  /** When it could have begun. */
  readonly before: string | null
}

function attemptStep({ texts }: PageContext, attempt: AttemptView, place: Place): Step {
  const text = texts.task
  const { status, node, startedAt, endedAt, exitCode, reason } = attempt
  const waitedMs = place.before === null ? 0 : Date.parse(startedAt) - Date.parse(place.before)
  const tookMs = endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt)
  const details = [
    ...(waitedMs < MIN_WAIT_MS ? [] : [text.stepWaited(duration(waitedMs))]),
    ...(tookMs === null ? [] : [text.attemptTook(duration(tookMs))]),
    ...(reason === null ? [] : [reason]),
    ...(reason === null && exitCode !== null ? [`${text.exitCode} ${exitCode}`] : []),
    ...(status === 'lost' ? [text.lostMeans] : []),
    ...(status === 'returned' ? [text.returnedMeans] : []),
  ]
  const tone = TONES[status]
  return {
    at: startedAt,
    tone,
    title: html`${text.stepAttempt(place.position, node)} ${badge(tone, text.attempts[status])}`,
    ...(details.length === 0 ? {} : { detail: details.join(' · ') }),
  }
}
