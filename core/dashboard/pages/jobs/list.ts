import { html } from 'hono/html'
import type { JobView } from '../../../api/jobs/routes.ts'
import { layout } from '../../layout.ts'
import type { Html, PageContext } from '../../page.ts'
import { live } from '../../parts/live.ts'
import { type Column, emptyState, table } from '../../parts/table.ts'
import { number, timeAgo } from '../../parts/text.ts'
import { filterPairs, jobBadge, progressText } from './parts.ts'

/** `/jobs`: all jobs that have not ended, and the newest that have. */
export async function jobListPage(page: PageContext): Promise<Html> {
  const { title, intro } = page.texts.jobs
  const { jobs } = await page.api.get<{ jobs: readonly JobView[] }>('/api/jobs')
  const body = html`<p class="intro">${intro}</p>${live(page, 'jobs', ['job'], listOf(page, jobs))}`
  return layout(page, { title, section: 'jobs', body })
}

function listOf(page: PageContext, jobs: readonly JobView[]): Html {
  const text = page.texts.jobs
  if (jobs.length === 0) return emptyState(text.emptyTitle, text.emptyText)
  const href = ({ id }: JobView) => `/jobs/${id}`
  return table(jobs, columnsOf(page), { label: text.title, href, id: ({ id }) => id })
}

function columnsOf(page: PageContext): readonly Column<JobView>[] {
  const text = page.texts.jobs
  return [
    { heading: text.action, cell: ({ action }) => text.titles[action] },
    { heading: text.state, cell: (job) => jobBadge(page, job) },
    {
      heading: text.filter,
      kind: 'wide',
      cell: ({ filter }) =>
        html`${filterPairs(page, filter).map(([name, value]) => html`<span class="faint">${name}</span> ${value} `)}`,
    },
    { heading: text.progress, kind: 'number', cell: (job) => progressText(page, job) },
    { heading: text.failed, kind: 'number', cell: ({ failed }) => number(page, failed) },
    { heading: text.by, cell: ({ createdBy }) => createdBy },
    { heading: text.started, cell: ({ createdAt }) => timeAgo(page, createdAt) },
  ]
}
