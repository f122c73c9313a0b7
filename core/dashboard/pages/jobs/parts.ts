import { html } from 'hono/html'
import { toSearch } from '../../../api/api-calls.ts'
import type { JobView } from '../../../api/jobs/routes.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge, stateBadge } from '../../parts/badges.ts'
import type { FilterName } from '../../parts/filter-values.ts'
import { number } from '../../parts/text.ts'

type JobFilter = Readonly<Record<string, unknown>>

/** What a job selects: the names of filters, and their values. */
export function filterPairs(
  page: PageContext,
  filter: JobFilter,
): readonly (readonly [name: string, value: Html])[] {
  const { texts } = page
  return Object.entries(filter).map(([name, given]) => {
    const values = [given].flat().map(String)
    if (name === 'id') {
      return [texts.jobs.chosen, html`${texts.jobs.chosenCount(number(page, values.length))}`]
    }
    const label: string | undefined = texts.filters.names[name as FilterName]
    return [label ?? name, html`<code>${shown(page, name, values.join(', '))}</code>`]
  })
}

function shown({ texts }: PageContext, name: string, value: string): string {
  const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    state: texts.common.states,
    approval: { pending: texts.filters.pending },
  }
  return words[name]?.[value] ?? value
}

/** The list that a filter selects from, with that filter. */
export function listPath({ action, filter }: Pick<JobView, 'action' | 'filter'>): string {
  const list = action === 'replay' ? '/deliveries' : '/tasks'
  const { id: _, ...others } = filter as Readonly<Record<string, string | readonly string[]>>
  return `${list}${toSearch(others)}`
}

/** Where an item of a job is shown. */
export function itemPath({ action }: Pick<JobView, 'action'>, id: string): string {
  return `/${action === 'replay' ? 'deliveries' : 'tasks'}/${id}`
}

export function jobBadge(page: PageContext, { state }: Pick<JobView, 'state'>): Html {
  return state === 'failed' ? badge('bad', page.texts.jobs.failed) : stateBadge(page, state)
}

/** How far a job has come: `120 of 230`. */
export function progressText(page: PageContext, { total, done, skipped, failed }: JobView): string {
  const text = page.texts.jobs
  if (total === null) return text.selecting
  return text.progressOf(number(page, done + skipped + failed), number(page, total))
}
