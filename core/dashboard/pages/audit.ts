import { Hono } from 'hono'
import { html } from 'hono/html'
import { toSearch } from '../../api/api-calls.ts'
import type { AuditEntry } from '../../contracts/document.ts'
import { layout } from '../layout.ts'
import type { DashboardTypes, Html, PageContext } from '../page.ts'
import { badge } from '../parts/badges.ts'
import { textField } from '../parts/forms.ts'
import { type Column, emptyState, table } from '../parts/table.ts'
import { copyable, timeAgo } from '../parts/text.ts'

const PAGE_SIZE = 100
const VERIFY_COMMAND = 'hookline audit verify'

interface AuditPageView {
  readonly entries: readonly AuditEntry[]
  readonly next: number | null
}

/** `/audit`: who did what. For admins. */
export function auditPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()
  routes.get('/', async (context) => {
    const page = context.get('page')
    const { actor, action, target, before } = context.req.query()
    const query = { actor, action, target }
    const found = await page.api.get<AuditPageView>('/api/audit', {
      ...{ ...query, before },
      ...{ tail: 'true', limit: PAGE_SIZE },
    })
    const text = page.texts.audit
    const body = html`<p class="intro">${text.intro} ${copyable(page, VERIFY_COMMAND)}</p>
      ${filterForm(page, query)}
      ${listOf(page, found, query)}`
    return context.html(layout(page, { title: text.title, section: 'audit', body }))
  })
  return routes
}

type Filters = Readonly<Record<'actor' | 'action' | 'target', string | undefined>>

function filterForm({ texts }: PageContext, { actor, action, target }: Filters): Html {
  const { audit: text, common } = texts
  return html`<form class="filters" action="/audit">
    ${textField({ name: 'actor', label: text.actor, value: actor })}
    ${textField({ name: 'action', label: text.action, value: action, placeholder: text.actionHint })}
    ${textField({ name: 'target', label: text.target, value: target })}
    <button class="button">${common.apply}</button>
    ${actor || action || target ? html`<a class="button" href="/audit">${common.clear}</a>` : ''}
  </form>`
}

function listOf(page: PageContext, { entries, next }: AuditPageView, query: Filters): Html {
  const text = page.texts.audit
  const older =
    next === null
      ? ''
      : html`<p><a class="button" href="/audit${toSearch({ ...query, before: next })}">${text.older}</a></p>`
  if (entries.length === 0) return emptyState(text.empty, text.emptyText, older)
  const label = text.title
  return html`${table(entries.toReversed(), columnsOf(page), { label })}${older}`
}

function columnsOf(page: PageContext): readonly Column<AuditEntry>[] {
  const text = page.texts.audit
  return [
    { heading: text.time, cell: ({ at }) => timeAgo(page, new Date(at).toISOString()) },
    { heading: text.actor, cell: ({ actor }) => html`<strong>${actor}</strong>` },
    { heading: text.action, cell: ({ action }) => html`<code>${action}</code>` },
    { heading: text.target, kind: 'wide', cell: ({ target }) => html`<code>${target}</code>` },
    {
      heading: text.outcome,
      cell: ({ outcome }) =>
        outcome === 'done' ? badge('good', text.done) : badge('bad', text.refused),
    },
    { heading: text.client, cell: ({ client }) => client ?? '–' },
    {
      heading: text.detail,
      cell: ({ detail }) => (detail === '{}' ? '–' : detailOf(page, detail)),
    },
  ]
}

function detailOf({ texts }: PageContext, detail: string): Html {
  return html`<details><summary>${texts.audit.detail}</summary><pre tabindex="0">${detail}</pre></details>`
}
