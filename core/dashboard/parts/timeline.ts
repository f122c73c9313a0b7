import { html } from 'hono/html'
import type { Html, PageContext } from '../page.ts'
import type { Tone } from './badges.ts'
import { timeAgo } from './text.ts'

/** Something that happened, or will. */
export interface Step {
  /** ISO 8601; null: not known. */
  readonly at: string | null
  readonly tone: Tone
  readonly title: Html | string
  /** How long it took, why it failed. */
  readonly detail?: Html | string
}

/** What happened to something, in order, each with its time. */
export function timeline(page: PageContext, label: string, steps: readonly Step[]): Html {
  const items = steps.map(
    ({ at, tone, title, detail }) => html`<li class="${tone}">
      <p><strong>${title}</strong> ${at === null ? '' : timeAgo(page, at)}</p>
      ${detail === undefined ? '' : html`<p class="faint">${detail}</p>`}
    </li>`,
  )
  return html`<ol class="timeline" aria-label="${label}">${items}</ol>`
}
