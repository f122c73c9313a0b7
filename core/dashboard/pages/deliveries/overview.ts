import { html } from 'hono/html'
import type { TaskView } from '../../../api/tasks/views.ts'
import { TASK_STATES, type TaskState } from '../../../contracts/task.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge, stateBadge } from '../../parts/badges.ts'
import { live } from '../../parts/live.ts'
import { type Column, table } from '../../parts/table.ts'
import { bytes, duration, number, timeAgo, timeAt } from '../../parts/text.ts'
import type { Loaded } from './load.ts'

/** The id of the part that changes while tasks of the delivery run. */
const NOW = 'now'

/** What came, whether it was verified, what was decided and what ran: in one look, and live until all of it has ended. */
export function overview(page: PageContext, loaded: Loaded): Html {
  const { delivery, tasks, hasMoreTasks } = loaded
  const isOver = !hasMoreTasks && tasks.every(({ endedAt }) => endedAt !== null)
  const path = `/deliveries/${delivery.id}/now`
  const shown = html`${steps(page, loaded)}${taskTable(page, loaded)}`
  return live(page, NOW, isOver ? [] : ['task'], shown, path)
}

function steps(page: PageContext, loaded: Loaded): Html {
  const text = page.texts.delivery
  const { delivery } = loaded
  const { method, bodyBytes, client, receivedAt, outcome } = delivery
  const size = outcome === 'duplicate' ? [] : [bytes(bodyBytes)]
  const from = client === null ? [] : [text.from(client)]
  const items: readonly (readonly [label: string, what: Html | string, more: Html | string])[] = [
    [text.received, timeAgo(page, receivedAt), [method, ...size, ...from].join(' · ')],
    [text.verified, ...verdict(page, loaded)],
    [text.decided, ...decision(page, loaded)],
    [text.ran, ...runs(page, loaded)],
  ]
  return html`<ol class="figures steps">${items.map(
    ([label, what, more]) =>
      html`<li class="figure"><span class="faint">${label}</span><strong>${what}</strong><small>${more}</small></li>`,
  )}</ol>`
}

type Step = readonly [what: Html | string, more: Html | string]

function verdict({ texts }: PageContext, { delivery, source }: Loaded): Step {
  const text = texts.delivery
  if (delivery.outcome === 'refused') return [badge('bad', texts.common.no), delivery.reason ?? '']
  if (delivery.method === 'RUN') return [text.byHand, text.byHandMore]
  if (delivery.source === 'hookline') return [text.ownEvent, text.ownEventMore]
  if (delivery.originalId !== null && delivery.outcome === 'accepted') {
    return [text.replayed, text.replayedMore]
  }
  if (delivery.recovered === 'fetched') return [badge('wait', text.fetched), text.fetchedMore]
  if (source?.unverified === true) return [badge('wait', text.unverified), text.unverifiedMore]
  return [badge('good', texts.common.yes), text.verifiedMore]
}

function decision(page: PageContext, { delivery, tasks }: Loaded): Step {
  const text = page.texts.delivery
  const { outcome, events, receivedAt } = delivery
  if (outcome === 'refused') return [text.nothing, text.refusedMore]
  if (outcome === 'duplicate') return [text.nothing, text.duplicateMore]
  if (events.length === 0) return [text.noEvent, text.noEventMore]
  const decisions = events.flatMap((event) => event.decisions)
  const matched = decisions.filter((decision) => decision.matched).length
  if (decisions.length === 0) return [text.noRule, text.noRuleMore]
  const committedAt = tasks[0]?.createdAt
  const took =
    committedAt === undefined ? '' : text.committedAfter(between(receivedAt, committedAt))
  return [text.matched(number(page, matched), number(page, decisions.length)), took]
}

function runs(page: PageContext, { delivery, tasks, hasMoreTasks }: Loaded): Step {
  const text = page.texts.delivery
  if (tasks.length === 0) return [text.nothing, delivery.events.length > 0 ? text.noTask : '']
  const counts = Map.groupBy(tasks, ({ state }) => state)
  const states = TASK_STATES.filter((state) => counts.has(state))
  const badges = states.map((state: TaskState) => {
    const count = counts.get(state)?.length ?? 0
    return html`<span class="row">${stateBadge(page, state)}${tasks.length === 1 ? '' : ` × ${count}`}</span>`
  })
  return [
    html`<span class="row">${badges}</span>`,
    hasMoreTasks ? text.newestTasks(tasks.length) : timesOf(page, tasks),
  ]
}

/** When the first task was claimed and the last one ended, from the commit on. */
function timesOf({ texts }: PageContext, tasks: readonly TaskView[]): string {
  const text = texts.delivery
  const committedAt = tasks[0]?.createdAt ?? ''
  const start = tasks.flatMap(({ startedAt }) => startedAt ?? []).toSorted()[0]
  if (start === undefined) return ''
  const ends = tasks.flatMap(({ endedAt }) => endedAt ?? []).toSorted()
  const after = between(committedAt, start)
  if (ends.length < tasks.length) return text.claimedAfter(after)
  return text.endedAfter(after, between(committedAt, ends.at(-1) ?? ''))
}

function taskTable(page: PageContext, { delivery, tasks, hasMoreTasks }: Loaded): Html | '' {
  const text = page.texts.delivery
  if (tasks.length === 0) return ''
  const columns: readonly Column<TaskView>[] = [
    { heading: text.state, cell: ({ state }) => stateBadge(page, state) },
    { heading: text.program, cell: ({ program }) => program },
    { heading: text.rule, cell: ({ rule }) => rule },
    {
      heading: text.started,
      cell: (task) => (task.startedAt === null ? '' : timeAt(page, task.startedAt)),
    },
    { heading: text.waited, kind: 'number', cell: (task) => span(task.createdAt, task.startedAt) },
    { heading: text.took, kind: 'number', cell: (task) => span(task.startedAt, task.endedAt) },
    { heading: text.reason, kind: 'wide', cell: ({ reason }) => reason ?? '' },
  ]
  const more = hasMoreTasks
    ? html`<p><a class="button small" href="/tasks?delivery=${delivery.id}">${text.allTasks}</a></p>`
    : ''
  return html`<section><h2>${text.tasks}</h2>
    ${table(tasks, columns, { label: text.tasks, href: ({ id }) => `/tasks/${id}`, id: ({ id }) => id })}
    ${more}</section>`
}

function span(from: string | null, to: string | null): string {
  return from === null || to === null ? '' : between(from, to)
}

/** The time from one moment to another; none if a clock was set back between them. */
function between(from: string, to: string): string {
  return duration(Math.max(0, Date.parse(to) - Date.parse(from)))
}
