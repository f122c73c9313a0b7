import { html } from 'hono/html'
import type { Html } from '../page.ts'

/** A column: its heading, and its cell for an item. On a phone, each row is a card that repeats the headings. */
export interface Column<Item> {
  readonly heading: string
  readonly cell: (item: Item) => Html | string
  /**
   * `number` is aligned to the right; `wide` takes more space, and shows three lines at most; `state` and `time` take
   * little. Where a column is a `time`, all of them keep their widths, whatever comes in.
   */
  readonly kind?: 'number' | 'wide' | 'state' | 'time'
}

export interface TableOptions<Item> {
  /** Names the table for screen readers. */
  readonly label: string
  /** Where a row leads. The first cell becomes the link; `j`, `k` and Enter move through rows with links. */
  readonly href?: (item: Item) => string
  /** Unique in the page, so that a live update changes the same row. */
  readonly id?: (item: Item) => string
  /**
   * For a live list with the newest rows first: a link to it as it is now. New rows wait behind that link, so that nothing
   * moves below a pointer. Default: rows come in by themselves.
   */
  readonly news?: Html
  /** Gives each row a check box: a field `id` of this form, with what `id` says. `label` says what it is for. */
  readonly pick?: { readonly form: string; readonly label: string }
}

export function table<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  { label, href, id, news, pick }: TableOptions<Item>,
): Html {
  const headings = columns.map(({ heading, kind }) =>
    heading === '' ? html`<td></td>` : html`<th scope="col" class="${kind ?? ''}">${heading}</th>`,
  )
  const rows = items.map((item) => {
    const cells = columns.map(({ heading, cell, kind }, index) => {
      const content = kind === 'wide' ? html`<div class="clip">${cell(item)}</div>` : cell(item)
      const linked =
        index === 0 && href !== undefined
          ? html`<a href="${href(item)}" data-row>${content}</a>`
          : content
      return html`<td data-heading="${heading}" class="${kind ?? ''}">${linked}</td>`
    })
    const name = id === undefined ? '' : html` id="${id(item)}"`
    return html`<tr${name}>${pick === undefined ? '' : pickCell(pick, id?.(item) ?? '')}${cells}</tr>`
  })
  return html`${news === undefined ? '' : html`<p class="news" role="status">${news}</p>`}<table aria-label="${label}"${news === undefined ? '' : html` class="steady"`}>
    <thead><tr>${pick === undefined ? '' : html`<td class="pick"></td>`}${headings}</tr></thead>
    <tbody>${rows}</tbody>
  </table>`
}

function pickCell({ form, label }: { readonly form: string; readonly label: string }, id: string) {
  return html`<td class="pick"><input type="checkbox" name="id" value="${id}" form="${form}" aria-label="${label} ${id}" autocomplete="off"></td>`
}

/** Names and values, one below the other. Values that are null are left out. */
export function facts(pairs: readonly (readonly [string, Html | string | number | null])[]): Html {
  const shown = pairs.filter(([, value]) => value !== null)
  return html`<dl class="facts">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** What stands in place of a list that has nothing: why, and what to do. */
export function emptyState(title: string, text: Html | string, action: Html | string = ''): Html {
  return html`<div class="empty"><h2>${title}</h2><p>${text}</p>${action}</div>`
}
