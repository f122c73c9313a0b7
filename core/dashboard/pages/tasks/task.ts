import { html } from 'hono/html'
import { ApiProblem } from '../../../api/api-calls.ts'
import type { ProgramView } from '../../../api/programs/views.ts'
import type { TaskInputView } from '../../../api/tasks/input.ts'
import type { AttemptView, LogChunkView, ReportView, TaskView } from '../../../api/tasks/views.ts'
import { withRemedy } from '../../../errors/with-remedy.ts'
import { layout } from '../../layout.ts'
import { logSection } from '../../log/log-section.ts'
import { attemptTitles } from '../../log/log-stream.ts'
import type { Html, PageContext } from '../../page.ts'
import { stateBadge } from '../../parts/badges.ts'
import { actionButton } from '../../parts/forms.ts'
import { live } from '../../parts/live.ts'
import { facts } from '../../parts/table.ts'
import { codeBlock, copyable, duration, number, prettyJson, timeAgo } from '../../parts/text.ts'
import { timeline } from '../../parts/timeline.ts'
import { approvalPart, approvalText } from './approval.ts'
import { inputSection } from './input.ts'
import { meaningOf, type TaskContext, tookOf } from './meaning.ts'
import { stepsOf } from './steps.ts'

const LOG_CHUNKS = 400

/** A task with its attempts and the end of its log. */
export interface OneTask extends TaskView {
  readonly report: ReportView
  readonly history: readonly AttemptView[]
  readonly log: readonly LogChunkView[]
}

/** `/tasks/:id`: one task. */
export async function taskPage(page: PageContext, id: string): Promise<Html> {
  const task = await page.api.get<OneTask>(apiOf(id), { tail: LOG_CHUNKS })
  const about = await contextOf(page, task)
  return layout(page, {
    title: task.program,
    section: 'tasks',
    above: html`<a href="/tasks">${page.texts.common.tasks}</a> / ${copyable(page, task.id)}`,
    beside: heading(page, about),
    body: html`${await approvalPart(page, task)}${state(page, about, task)}
      ${logPart(page, task)}
      ${await inputPart(page, task)}`,
    assets: ['log.js'],
  })
}

/** `/tasks/:id/now`: the parts that change with the state of the task. Its log goes on by itself. */
export async function taskNow(page: PageContext, id: string): Promise<Html> {
  const task = await page.api.get<OneTask>(apiOf(id), { tail: 0 })
  const about = await contextOf(page, task)
  return html`${state(page, about, task)}${heading(page, about, html` hx-swap-oob="outerMorph"`)}`
}

export function apiOf(id: string): string {
  return `/api/tasks/${encodeURIComponent(id)}`
}

function heading(page: PageContext, about: TaskContext, attributes: Html | '' = ''): Html {
  return html`<div id="task-heading" class="row"${attributes}>${stateBadge(page, about.task.state)}${actions(page, about)}</div>`
}

async function contextOf({ api }: PageContext, task: TaskView): Promise<TaskContext> {
  const { program: name, policyKey } = task
  const path = `/api/programs/${encodeURIComponent(name)}`
  const program = await orNull(api.get<ProgramView>(path))
  const limit = program?.policy.concurrency ?? null
  const isDue = task.state === 'waiting' && Date.parse(task.dueAt) <= Date.now()
  if (!isDue || limit === null) return { task, program, runningBefore: [] }
  const query = { program: name, state: 'running', limit: 200 }
  const { tasks } = await api.get<{ tasks: readonly TaskView[] }>('/api/tasks', query)
  const same = tasks.filter((one) => one.policyKey === policyKey)
  return { task, program, runningBefore: same.length < limit ? [] : same.slice(0, 5) }
}

function state(page: PageContext, about: TaskContext, { history, report }: OneTask): Html {
  const text = page.texts.task
  const { task } = about
  const { result } = task
  const content = html`<div class="notice ${task.state === 'dead' ? 'bad' : task.state === 'succeeded' ? 'good' : ''}">${meaningOf(page, about).map((sentence) => html`<p>${sentence}</p>`)}</div>
    <div class="columns">
      <section class="card"><h2>${text.overview}</h2>${factsOf(page, task, report)}</section>
      <section class="card"><h2>${text.timeline}</h2>${timeline(page, text.timeline, stepsOf(page, task, history))}</section>
    </div>
    ${result === null ? '' : html`<section class="card"><h2>${text.result}</h2>${codeBlock(page, prettyJson(result), text.result)}</section>`}`
  return live(page, 'task', ['task', 'node'], content, `/tasks/${task.id}/now`)
}

function factsOf(page: PageContext, task: TaskView, report: ReportView): Html {
  const text = page.texts.task
  const { rule, program, source, type, delivery, previous, next } = task
  const list = (name: string, value: string) =>
    html`<a href="/tasks?${new URLSearchParams({ [name]: value }).toString()}">${value}</a>`
  return facts([
    [text.program, list('program', program)],
    [text.rule, list('rule', rule)],
    [text.event, html`${list('source', source)}.${type}`],
    [text.delivery, html`<a href="/deliveries/${delivery}">${delivery}</a>`],
    [
      text.follows,
      previous === null ? null : html`<a href="/tasks/${previous.task}">${previous.program}</a>`,
    ],
    [text.next, next === null ? null : html`<a href="/tasks/${next}">${next}</a>`],
    [text.created, timeAgo(page, task.createdAt)],
    [text.waited, waitedOf(task)],
    [text.took, tookOf(task)],
    [text.node, task.node],
    [text.handedOver, task.handedOver?.ref ?? null],
    [text.approval, task.approval === null ? null : approvalText(page, task.approval)],
    [text.key, task.policyKey],
    [text.priority, task.priority === 0 ? null : number(page, task.priority)],
    [text.exitCode, task.exitCode],
    [text.report, report === null ? null : reportOf(page, report)],
    [text.lost, task.lostAttempts === 0 ? null : number(page, task.lostAttempts)],
  ])
}

function reportOf(page: PageContext, report: NonNullable<ReportView>): Html | string {
  const text = page.texts.task
  const { to, state: told, fault, nextTryAt } = report
  if (fault === null) {
    return told === null ? text.reportNotYet(to) : text.reportTold(to, text.reported[told])
  }
  const next = nextTryAt === null ? '' : html` ${text.reportNext} ${timeAgo(page, nextTryAt)}.`
  const { remedy } = fault
  return html`${withRemedy({ message: text.reportFailed(to, fault.message), remedy })}${next}`
}

function waitedOf({ createdAt, startedAt, attempts }: TaskView): string | null {
  if (startedAt === null || attempts > 1) return null
  return duration(Date.parse(startedAt) - Date.parse(createdAt))
}

function actions(page: PageContext, { task, program }: TaskContext): Html | '' {
  if (!page.may('operator')) return ''
  const text = page.texts.task
  const path = `/tasks/${task.id}`
  if (task.approval?.state === 'pending') return ''
  if (task.state === 'waiting' || task.state === 'running') {
    if (task.cancelRequested) return ''
    const { cancel: label, cancelConfirm: confirm } = text
    return actionButton(page, { action: `${path}/cancel`, label, confirm, kind: 'danger' })
  }
  const retry = actionButton(page, {
    action: `${path}/retry`,
    label: text.retry,
    title: text.retryTitle,
    ...(task.state === 'dead' ? { kind: 'primary' } : {}),
  })
  const run = actionButton(page, {
    action: `${path}/run`,
    label: text.runAgain,
    title: text.runAgainTitle,
  })
  return html`<div class="buttons">${retry}${program === null ? '' : run}</div>`
}

async function inputPart(page: PageContext, { id, delivery }: OneTask): Promise<Html | ''> {
  const input = await orNull(page.api.get<TaskInputView>(`${apiOf(id)}/input`))
  return input === null ? '' : inputSection(page, input, delivery)
}

/** What was asked for; null if there is no such thing any more. */
async function orNull<View>(asked: Promise<View>): Promise<View | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.status === 404) return null
    throw error
  }
}

function logPart(page: PageContext, task: OneTask): Html {
  const attemptTitle = attemptTitles(task.history, page.texts.log.attempt)
  const isOpen = task.state === 'waiting' || task.state === 'running'
  return logSection(page, { taskId: task.id, chunks: task.log, isOpen, attemptTitle })
}
