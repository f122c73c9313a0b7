import { html } from 'hono/html'
import type { DeliverySummaryView } from '../../../api/deliveries/views.ts'
import type { JobView } from '../../../api/jobs/routes.ts'
import type { TaskView } from '../../../api/tasks/views.ts'
import type { JobAction } from '../../../jobs/job.ts'
import { layout } from '../../layout.ts'
import { formOf, type Html, type PageContext } from '../../page.ts'
import { outcomeBadge, stateBadge } from '../../parts/badges.ts'
import { actionButton } from '../../parts/forms.ts'
import { type Column, emptyState, facts, table } from '../../parts/table.ts'
import { number, timeAgo } from '../../parts/text.ts'
import { filterPairs, itemPath, listPath } from './parts.ts'

/** Filters that may have several values. */
const LISTS = new Set(['fact', 'id'])

type Sample = TaskView | DeliverySummaryView

/** What `POST /api/jobs` answers to a dry run. */
interface DryRun extends Pick<JobView, 'action' | 'filter'> {
  readonly count: number
  readonly more: boolean
  readonly sample: readonly Sample[]
}

/** `/jobs/new?action=&…`: how many a filter selects, and the newest of them. Nothing is done yet. */
export async function newJobPage(page: PageContext): Promise<Html> {
  const text = page.texts.jobs
  const { action, filter } = requested(page)
  const above = html`<a href="${listPath({ action, filter })}">${action === 'replay' ? page.texts.common.deliveries : page.texts.common.tasks}</a>`
  if (Object.keys(filter).length === 0) {
    return layout(page, {
      ...{ title: text.titles[action] ?? text.title, section: 'jobs', above },
      body: emptyState(text.nothing, text.nothingText),
    })
  }
  const found = await tryJob(page, { action, filter, dryRun: true })
  const { count, more } = found
  const shown = more ? `${number(page, count)}+` : number(page, count)
  const start = actionButton(page, {
    action: '/jobs',
    label: text.start[action](shown),
    kind: action === 'cancel' ? 'danger' : 'primary',
    values: { job: JSON.stringify({ action, filter }) },
  })
  return layout(page, {
    title: text.titles[action],
    section: 'jobs',
    above,
    body: html`<section class="card stack">
        ${facts(filterPairs(page, found.filter))}
        <p><strong>${text.counts[action](shown)}</strong> ${text.meanings[action]}</p>
        ${count === 0 ? '' : start}
      </section>
      ${count === 0 ? '' : html`<h2>${text.newestOf}</h2>${sampleTable(page, found)}`}`,
  })
}

/** Starts a job. Returns the path of its page. */
export async function startJob(page: PageContext): Promise<string> {
  const { job } = await formOf(page.context)
  const { id } = await page.api.send<JobView>('POST', '/api/jobs', parsed(job))
  return `/jobs/${id}`
}

/** The action and the filter in the address of the page. The API says what is wrong with them. */
function requested({ context }: PageContext) {
  const { searchParams } = new URL(context.req.url)
  const names = [...new Set(searchParams.keys())].filter((name) => name !== 'action')
  const filter = names.flatMap((name) => {
    const values = searchParams.getAll(name).filter((value) => value !== '')
    if (values.length === 0) return []
    return [[name, LISTS.has(name) ? values : (values.at(-1) ?? '')] as const]
  })
  return { action: searchParams.get('action') as JobAction, filter: Object.fromEntries(filter) }
}

// It changes nothing, so it needs no proof that a page of the dashboard has asked for it.
async function tryJob({ api, caller }: PageContext, body: object): Promise<DryRun> {
  const proof = { 'x-hookline-csrf': caller.csrf ?? '', 'sec-fetch-site': 'same-origin' }
  return (await (await api.call('POST', '/api/jobs', body, proof)).json()) as DryRun
}

function parsed(job = ''): unknown {
  try {
    return JSON.parse(job)
  } catch {
    return {}
  }
}

function sampleTable(page: PageContext, found: DryRun): Html {
  const { common, deliveries, tasks, filters, jobs } = page.texts
  const item = found.action === 'replay' ? jobs.delivery : jobs.task
  const columns: readonly Column<Sample>[] = [
    { heading: item, cell: ({ id }) => id },
    { heading: filters.names.source, cell: ({ source }) => source },
    { heading: tasks.program, cell: (one) => ('program' in one ? one.program : '') },
    {
      heading: tasks.state,
      cell: (one) =>
        'state' in one ? stateBadge(page, one.state) : outcomeBadge(page, one.outcome),
    },
    {
      heading: found.action === 'replay' ? deliveries.received : tasks.created,
      cell: (one) => timeAgo(page, 'state' in one ? one.createdAt : one.receivedAt),
    },
  ]
  const used = found.action === 'replay' ? columns.filter((_, index) => index !== 2) : columns
  const href = ({ id }: Sample) => itemPath(found, id)
  return table(found.sample, used, { label: common.newest, href })
}
