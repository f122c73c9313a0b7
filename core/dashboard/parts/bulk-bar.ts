import { html } from 'hono/html'
import { toSearch } from '../../api/api-calls.ts'
import type { JobAction } from '../../jobs/job.ts'
import type { Html, PageContext } from '../page.ts'
import type { FilterValues } from './filter-values.ts'

/** The form whose fields are the check boxes of the rows. */
const FORM = 'picked'

/** An action on all that a filter selects. */
export interface ActionOnAll {
  readonly action: JobAction
  readonly filter: FilterValues
  /** Default: that it is for all that match. */
  readonly label?: string
}

export interface BulkActions {
  /** What can be done with checked rows. */
  readonly selected: readonly JobAction[]
  readonly all: readonly ActionOnAll[]
}

/**
 * What can be done with many rows: with those that are checked, and with all that the filters select. Each leads to a page
 * that counts first. Nothing for those who may not.
 */
export function bulkBar(page: PageContext, { selected, all }: BulkActions): Html | '' {
  if (!page.may('operator')) return ''
  const text = page.texts.jobs
  const links = all.map(({ action, filter, label = text.allThatMatch[action] }) => {
    const href = `/jobs/new${toSearch({ action, ...filter })}`
    return html`<a class="button small" href="${href}">${label}</a>`
  })
  const buttons = selected.map(
    (action) =>
      html`<button class="button small" name="action" value="${action}">${text.selected[action]}</button>`,
  )
  return html`<div class="row bulk">
    <label class="row"><input type="checkbox" autocomplete="off" data-pick-all><span>${text.selectAll}</span></label>
    ${links}
    <form id="${FORM}" action="/jobs/new" class="row">${buttons}<output class="faint" data-picked></output></form>
  </div>`
}

/** Gives each row a check box for `bulkBar`; nothing for those who may not. */
export function pickOf(page: PageContext): { readonly pick?: { form: string; label: string } } {
  return page.may('operator') ? { pick: { form: FORM, label: page.texts.jobs.select } } : {}
}
