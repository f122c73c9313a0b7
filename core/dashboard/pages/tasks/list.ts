import type { TaskView } from '../../../api/tasks/views.ts'
import { SETTLED_STATES, TASK_STATES } from '../../../contracts/task.ts'
import { listPage } from '../../list-page.ts'
import type { Html, PageContext } from '../../page.ts'
import { stateBadge } from '../../parts/badges.ts'
import type { ActionOnAll } from '../../parts/bulk-bar.ts'
import type { FilterName, Filters } from '../../parts/filter-values.ts'
import type { Column } from '../../parts/table.ts'
import { dotted, duration, number, timeAgo } from '../../parts/text.ts'
import { heldBack } from './meaning.ts'

const FILTERS: readonly FilterName[] = [
  ...(['text', 'state', 'approval', 'program', 'rule', 'source', 'type', 'key', 'fact'] as const),
  ...(['reason', 'since', 'until'] as const),
]

/** `/tasks`: the tasks that match the filters, newest first. */
export function taskListPage(page: PageContext): Promise<Html> {
  const { states } = page.texts.common
  return listPage(page, {
    name: 'tasks',
    filters: FILTERS,
    tabs: { name: 'state', choices: TASK_STATES.map((state) => [state, states[state]]) },
    columns: taskColumns(page),
    events: ['task'],
    bulk: (filters) => ({ selected: ['retry', 'cancel'], all: actionsOnAll(page, filters) }),
    elsewhere: { href: '/deliveries', label: page.texts.tasks.toDeliveries },
  })
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
    {
      heading: text.reason,
      kind: 'wide',
      cell: (task) => heldBack(page, task) ?? task.reason ?? '',
    },
  ]
}

function took({ startedAt, endedAt }: TaskView): string {
  if (startedAt === null || endedAt === null) return ''
  return duration(Date.parse(endedAt) - Date.parse(startedAt))
}
