import { html } from 'hono/html'
import type { JobView } from '../../../api/jobs/routes.ts'
import { layout } from '../../layout.ts'
import type { Html, PageContext } from '../../page.ts'
import { actionButton } from '../../parts/forms.ts'
import { live } from '../../parts/live.ts'
import { facts } from '../../parts/table.ts'
import { copyable, number, timeAgo } from '../../parts/text.ts'
import { filterPairs, itemPath, jobBadge, listPath, progressText } from './parts.ts'

/** `/jobs/ID`: how far a job has come, live until it has ended. */
export async function jobPage(page: PageContext, id: string): Promise<Html> {
  const job = await page.api.get<JobView>(jobApi(id))
  return layout(page, {
    title: page.texts.jobs.titles[job.action],
    section: 'jobs',
    above: html`<a href="/jobs">${page.texts.jobs.title}</a> / ${copyable(page, job.id)}`,
    body: live(page, 'job', job.endedAt === null ? ['job'] : [], progress(page, job)),
  })
}

function progress(page: PageContext, job: JobView): Html {
  const text = page.texts.jobs
  const { action, total, done, skipped, failed, failures, reason, endedAt, node } = job
  return html`<section class="card stack">
      <p class="row">${jobBadge(page, job)} ${text.startedBy(job.createdBy)} ${timeAgo(page, job.createdAt)}</p>
      <progress max="${Math.max(total ?? 1, 1)}" value="${total === null ? 0 : done + skipped + failed}" aria-label="${text.progress}"></progress>
      ${facts([
        [text.progress, progressText(page, job)],
        [text.done, number(page, done)],
        [text.skipped, skippedText(page, job)],
        [text.failed, number(page, failed)],
        [text.reason, reason],
        [text.ended, endedAt === null ? null : timeAgo(page, endedAt)],
        [text.node, node],
      ])}
      ${failures.length === 0 ? '' : html`<h3>${text.failures}</h3>`}
      ${failures.map((failure) => html`<p class="fault"><a href="${itemPath(job, failure.id)}">${failure.id}</a> ${failure.reason}</p>`)}
      ${endedAt === null && page.may('operator') ? endButton(page, job) : ''}
    </section>
    <section class="card"><h2>${text.filter}</h2>
      ${facts(filterPairs(page, job.filter))}
      ${'id' in job.filter ? '' : html`<p><a href="${listPath(job)}">${page.texts.common[action === 'replay' ? 'deliveries' : 'tasks']}</a></p>`}
    </section>`
}

function skippedText(page: PageContext, { skipped, action }: JobView): Html {
  const why = skipped === 0 ? '' : page.texts.jobs.skippedWhy[action]
  return html`${number(page, skipped)} <span class="faint">${why}</span>`
}

function endButton(page: PageContext, { id }: JobView): Html {
  const { end, endConfirm } = page.texts.jobs
  const action = `/jobs/${id}/cancel`
  return actionButton(page, { action, label: end, confirm: endConfirm, kind: 'danger' })
}

export function jobApi(id: string): string {
  return `/api/jobs/${encodeURIComponent(id)}`
}
