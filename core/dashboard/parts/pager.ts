import { html } from 'hono/html'
import type { Html, PageContext } from '../page.ts'
import { type Filters, MAX_LIMIT, pathWith } from './filter-values.ts'

export interface Listed {
  /** The id of the live part that holds the list and this pager. */
  readonly id: string
  /** How many items are shown. */
  readonly count: number
  /** Where the list goes on; null at its end. */
  readonly next: string | null
}

/** Shows the rows that have come in since: the script says how many, and shows the link. */
export function newsLink({ texts, context }: PageContext, id: string): Html {
  const { pathname, search } = new URL(context.req.url)
  const path = pathname + search
  return html`<a class="button small primary" href="${path}" hx-get="${path}" hx-target="#${id}" hx-select="#${id}" hx-swap="outerMorph" data-news="${texts.common.newRows('#')}" hidden></a>`
}

/**
 * Links to more of a list: the list grows up to the most that the API gives at once, then it goes on with the next page.
 * A search that has reached its limit says so, and can go on.
 */
export function pager(
  { texts }: PageContext,
  filters: Filters,
  { id, count, next }: Listed,
): Html | '' {
  const text = texts.common
  const { limit, after } = filters
  const newest =
    after === undefined
      ? ''
      : html`<a class="button small" href="${pathWith(filters, {})}">${text.newest}</a>`
  if (next === null) return newest === '' ? '' : html`<p class="buttons">${newest}</p>`
  const isShort = count < limit
  const canGrow = !isShort && limit < MAX_LIMIT
  const href = pathWith(
    filters,
    canGrow ? { after, limit: Math.min(limit * 2, MAX_LIMIT) } : { after: next, limit },
  )
  const grows = canGrow
    ? html` hx-get="${href}" hx-target="#${id}" hx-select="#${id}" hx-swap="outerMorph"`
    : ''
  const label = isShort ? texts.filters.searchOn : canGrow ? text.more : texts.filters.older
  return html`${isShort ? html`<p class="faint">${texts.filters.partly}</p>` : ''}
    <p class="buttons"><a class="button small" href="${href}"${grows}>${label}</a>${newest}</p>`
}
