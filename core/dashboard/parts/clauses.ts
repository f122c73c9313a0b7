import { html } from 'hono/html'
import type { ClauseView, ValueView } from '../../trial/clause-views.ts'
import type { Html, PageContext } from '../page.ts'
import { badge, type Tone } from './badges.ts'

const TONES: Readonly<Record<ClauseView['outcome'], Tone>> = {
  true: 'good',
  false: 'quiet',
  error: 'wait',
  skipped: 'quiet',
}

/** The tree of a condition: each clause with its outcome and the values that it read. What decided stands out. */
export function clauseTree(page: PageContext, clause: ClauseView): Html {
  return html`<ul class="tree">${clauseItem(page, clause)}</ul>`
}

function clauseItem(page: PageContext, clause: ClauseView): Html {
  const text = page.texts.clauses
  const { op, outcome, decisive, error, values, clauses } = clause
  const what = op === null ? html`<code>${clause.text}</code>` : html`<span>${text.ops[op]}</span>`
  return html`<li>
    <div class="row ${decisive ? 'decisive' : ''}">
      ${badge(decisive && outcome === 'false' ? 'bad' : TONES[outcome], text.outcomes[outcome])} ${what}
      ${decisive && op === null ? html`<span class="hidden-text">${text.decided}</span>` : ''}
    </div>
    ${error === null || op !== null ? '' : html`<p class="fault">${error}</p>`}
    ${values.length === 0 ? '' : html`<dl class="facts">${values.map((value) => valueItem(page, value))}</dl>`}
    ${clauses.length === 0 ? '' : html`<ul>${clauses.map((inner) => clauseItem(page, inner))}</ul>`}
  </li>`
}

function valueItem({ texts }: PageContext, { name, type, value }: ValueView): Html {
  const { missing, hidden } = texts.clauses
  const shown =
    value === null
      ? html`<span class="faint">${type === 'hidden' ? hidden : missing}</span>`
      : html`<code>${value}</code>`
  return html`<div><dt><code>${name}</code></dt><dd>${shown}</dd></div>`
}
