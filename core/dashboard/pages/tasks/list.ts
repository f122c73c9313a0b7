import { html } from 'hono/html'
import { ApiProblem } from '../../../api/api-calls.ts'
import type { TaskView } from '../../../api/tasks/views.ts'
import { SETTLED_STATES, TASK_STATES } from '../../../contracts/task.ts'
import { layout } from '../../layout.ts'
import type { Html, PageContext } from '../../page.ts'
import { stateBadge } from '../../parts/badges.ts'
import { type ActionOnAll, bulkBar, pickOf } from '../../parts/bulk-bar.ts'
import { type FilterName, type Filters, readFilters } from '../../parts/filter-values.ts'
import { filterBar, loadChoices, loadList } from '../../parts/filters.ts'
import { live } from '../../parts/live.ts'
import { newsLink, pager } from '../../parts/pager.ts'
import { type Column, emptyState, table } from '../../parts/table.ts'
import { dotted, duration, number, timeAgo } from '../../parts/text.ts'

const FILTERS: readonly FilterName[] = [
  ...(['text', 'state', 'approval', 'program', 'rule', 'source', 'type', 'key', 'fact'] as const),
  ...(['reason', 'since', 'until'] as const),
]
const LIST = 'tasks'

interface TaskList {
  readonly tasks: readonly TaskView[]
  readonly next: string | null
}

/** `/tasks`: the tasks that match the filters, newest first. */
export async function taskListPage(page: PageContext): Promise<Html> {
  const text = page.texts.tasks
  const filters = readFilters(page, FILTERS)
  const [list, choices] = await Promise.all([
    loadList<TaskList>(page, '/api/tasks', filters),
    loadChoices(page),
  ])
  const states = TASK_STATES.map((state) => [state, page.texts.common.states[state]] as const)
  const body = html`${filterBar(page, filters, { choices, tabs: { name: 'state', choices: states } })}
    ${list instanceof ApiProblem ? html`<p class="notice bad" role="alert">${list.message}</p>` : live(page, LIST, ['task'], taskList(page, filters, list))}`
  return layout(page, { title: text.title, section: 'tasks', body })
}

function taskList(page: PageContext, filters: Filters, { tasks, next }: TaskList): Html {
  const text = page.texts.tasks
  const more = pager(page, filters, { id: LIST, count: tasks.length, next })
  if (tasks.length > 0) {
    const href = ({ id }: TaskView) => `/tasks/${id}`
    const news = newsLink(page, LIST)
    const options = { label: text.title, href, id: ({ id }: TaskView) => id, news }
    const shown = table(tasks, taskColumns(page), { ...options, ...pickOf(page) })
    const bar = bulkBar(page, { selected: ['retry', 'cancel'], all: actionsOnAll(page, filters) })
    return html`${bar}${shown}${more}`
  }
  const isFiltered = Object.keys(filters.values).length > 0 || filters.after !== undefined
  const empty = isFiltered
    ? emptyState(
        text.noneTitle,
        text.noneText,
        html`<a class="button" href="${filters.path}">${page.texts.common.clear}</a>`,
      )
    : emptyState(
        text.emptyTitle,
        text.emptyText,
        html`<a class="button" href="/deliveries">${text.toDeliveries}</a>`,
      )
  return html`${empty}${more}`
}

/** By default, dead tasks are retried. Never are all tasks cancelled that are stored. */
function actionsOnAll({ texts }: PageContext, { values }: Filters): readonly ActionOnAll[] {
  const state = values.state?.[0]
  // What waits for an approval waits.
  if (state === undefined && values.approval === undefined) {
    const label = texts.jobs.allDead
    const retry = { action: 'retry', filter: { ...values, state: ['dead'] }, label } as const
    return Object.keys(values).length === 0
      ? [retry]
      : [retry, { action: 'cancel', filter: values }]
  }
  const isSettled = SETTLED_STATES.some((settled) => settled === state)
  return [{ action: isSettled ? 'retry' : 'cancel', filter: values }]
}

function taskColumns(page: PageContext): readonly Column<TaskView>[] {
  const text = page.texts.tasks
  return [
    { heading: text.program, cell: ({ program }) => program },
    { heading: text.state, kind: 'state', cell: ({ state }) => stateBadge(page, state) },
    { heading: text.rule, cell: ({ rule }) => rule },
    { heading: text.event, cell: ({ source, type }) => dotted(`${source}.${type}`) },
    { heading: text.created, kind: 'time', cell: ({ createdAt }) => timeAgo(page, createdAt) },
    { heading: text.took, kind: 'number', cell: took },
    { heading: text.attempts, kind: 'number', cell: ({ attempts }) => number(page, attempts) },
    { heading: text.reason, kind: 'wide', cell: (task) => reasonOf(page, task) },
  ]
}

function reasonOf({ texts }: PageContext, { approval, reason }: TaskView): string {
  return approval?.state === 'pending' ? texts.task.awaitsApproval : (reason ?? '')
}

function took({ startedAt, endedAt }: TaskView): string {
  if (startedAt === null || endedAt === null) return ''
  return duration(Date.parse(endedAt) - Date.parse(startedAt))
}
