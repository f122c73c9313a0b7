import { Hono } from 'hono'
import { html } from 'hono/html'
import { toSearch } from '../../api/api-calls.ts'
import type { ErrorView } from '../../api/stats/routes.ts'
import { layout } from '../layout.ts'
import type { DashboardTypes, Html, PageContext } from '../page.ts'
import { live } from '../parts/live.ts'
import { type Column, emptyState, table } from '../parts/table.ts'
import { number, timeAgo } from '../parts/text.ts'

interface ErrorList {
  readonly errors: readonly ErrorView[]
  readonly next: string | null
}

/** `/errors`: why tasks are dead. */
export function errorsPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()

  routes.get('/', async (context) => {
    const page = context.get('page')
    const { program, since, after } = context.req.query()
    const query = { program, since }
    const list = await page.api.get<ErrorList>('/api/errors', { ...query, after })
    const { title, intro } = page.texts.errors
    const body = html`<p class="intro">${intro}</p>
      <div class="errors">${live(page, 'errors', ['stats'], groups(page, list, query))}</div>`
    return context.html(layout(page, { title, section: 'errors', body }))
  })

  return routes
}

function groups(
  page: PageContext,
  { errors, next }: ErrorList,
  query: Readonly<Record<string, string | undefined>>,
): Html {
  const text = page.texts.errors
  if (errors.length === 0) return emptyState(text.empty, text.emptyText)
  const more =
    next === null
      ? ''
      : html`<p><a class="button" href="/errors${toSearch({ ...query, after: next })}">${page.texts.common.more}</a></p>`
  const href = ({ filter }: ErrorView) => `/tasks${toSearch(filter)}`
  const id = (group: ErrorView) => `group-${group.id}`
  return html`${table(errors, columnsOf(page), { label: text.title, href, id })}${more}`
}

function columnsOf(page: PageContext): readonly Column<ErrorView>[] {
  const text = page.texts.errors
  const columns: Column<ErrorView>[] = [
    { heading: text.program, cell: ({ program }) => program },
    { heading: text.reason, kind: 'wide', cell: ({ reason }) => reason || text.noReason },
    { heading: text.count, kind: 'number', cell: ({ count }) => number(page, count) },
    { heading: text.first, cell: ({ firstAt }) => timeAgo(page, firstAt) },
    { heading: text.last, cell: ({ lastAt }) => timeAgo(page, lastAt) },
    {
      heading: text.newest,
      cell: ({ lastTask }) => html`<a href="/tasks/${lastTask}">${text.look}</a>`,
    },
  ]
  if (page.may('operator')) {
    columns.push({ heading: '', cell: (group) => retryLink(page, group) })
  }
  return columns
}

function retryLink({ texts }: PageContext, { program, reason, count }: ErrorView): Html | string {
  const text = texts.errors
  if (count === 0) return '–'
  const href = `/jobs/new${toSearch({ action: 'retry', state: 'dead', program, reason })}`
  return html`<a class="button small" href="${href}" title="${text.retryTitle(program)}">${text.retryAll}</a>`
}
