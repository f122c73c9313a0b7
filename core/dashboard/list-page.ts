import { html } from 'hono/html'
import { ApiProblem } from '../api/api-calls.ts'
import { layout } from './layout.ts'
import type { Html, PageContext } from './page.ts'
import { type BulkActions, bulkBar, pickOf } from './parts/bulk-bar.ts'
import { type FilterName, type Filters, readFilters } from './parts/filter-values.ts'
import { filterBar, loadChoices, loadList, type Tabs } from './parts/filters.ts'
import { type LiveEvent, live } from './parts/live.ts'
import { newsLink, pager } from './parts/pager.ts'
import { type Column, emptyState, table } from './parts/table.ts'

type ListName = 'deliveries' | 'tasks'

interface ListedItem {
  readonly id: string
}

/** What a page that lists deliveries or tasks shows. */
export interface ListPage<Item> {
  /** In paths, texts and answers of the API. */
  readonly name: ListName
  readonly filters: readonly FilterName[]
  readonly tabs: Tabs
  readonly columns: readonly Column<Item>[]
  /** What changes the list. */
  readonly events: readonly LiveEvent[]
  readonly bulk: (filters: Filters) => BulkActions
  /** Where to look if nothing is stored. */
  readonly elsewhere: { readonly href: string; readonly label: string }
}

type Found<Item> = { readonly next: string | null } & {
  readonly [Name in ListName]: readonly Item[]
}

/** What matches the filters, newest first. */
export async function listPage<Item extends ListedItem>(
  page: PageContext,
  list: ListPage<Item>,
): Promise<Html> {
  const { name, tabs, events } = list
  const filters = readFilters(page, list.filters)
  const [found, choices] = await Promise.all([
    loadList<Found<Item>>(page, `/api/${name}`, filters),
    loadChoices(page),
  ])
  const body = html`${filterBar(page, filters, { choices, tabs })}
    ${found instanceof ApiProblem ? html`<p class="notice bad" role="alert">${found.message}</p>` : live(page, name, events, contentOf(page, filters, { list, found }))}`
  return layout(page, { title: page.texts[name].title, section: name, body })
}

function contentOf<Item extends ListedItem>(
  page: PageContext,
  filters: Filters,
  { list, found }: { readonly list: ListPage<Item>; readonly found: Found<Item> },
): Html {
  const { name, columns, bulk, elsewhere } = list
  const text = page.texts[name]
  const items = found[name]
  const more = pager(page, filters, { id: name, count: items.length, next: found.next })
  if (items.length > 0) {
    const shown = table(items, columns, {
      label: text.title,
      href: ({ id }) => `/${name}/${id}`,
      id: ({ id }) => id,
      news: newsLink(page, name),
      ...pickOf(page),
    })
    return html`${bulkBar(page, bulk(filters))}${shown}${more}`
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
        html`<a class="button" href="${elsewhere.href}">${elsewhere.label}</a>`,
      )
  return html`${empty}${more}`
}
