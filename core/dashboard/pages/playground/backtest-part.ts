import { html } from 'hono/html'
import type { BacktestAnswer } from '../../../api/config/backtest.ts'
import type { Html, PageContext } from '../../page.ts'
import { shortFacts } from '../../parts/short-facts.ts'
import { type Column, table } from '../../parts/table.ts'
import { number, timeAgo } from '../../parts/text.ts'
import type { Result } from './results.ts'

export type BacktestResult = BacktestAnswer | Extract<Result, { kind: 'refused' }> | null

type Tried = BacktestAnswer['gained'][number] & { readonly error?: string }

const CHANGES = ['gained', 'lost', 'same', 'errors'] as const

/** What the condition would have matched among the newest events. */
export function backtestPart(page: PageContext, answer: BacktestResult): Html {
  return html`<div id="backtest" class="stack" aria-live="polite">${answer === null ? '' : answerPart(page, answer)}</div>`
}

function answerPart(page: PageContext, answer: Exclude<BacktestResult, null>): Html {
  const text = page.texts.playground
  if ('kind' in answer)
    return html`<p class="notice bad">${answer.reason}</p><p class="faint">${answer.remedy}</p>`
  const { valid, faults, against, counts, tried, partial } = answer
  if (!valid) {
    return html`${faults.map(({ message, remedy }) => html`<p class="notice bad">${message}</p><p class="faint">${remedy}</p>`)}`
  }
  if (tried.events === 0) return html`<p>${text.noneTried}</p>`
  const figures = ([...CHANGES, 'neither'] as const).map(
    (name) =>
      html`<li class="figure"><strong>${number(page, counts[name])}</strong><span>${text.changes[name]}</span></li>`,
  )
  return html`<p>${text.tried(number(page, tried.events))} ${against === null ? text.againstNothing : text.against(against)}</p>
    ${partial ? html`<p class="notice">${text.partial}</p>` : ''}
    <ul class="figures">${figures}</ul>
    ${CHANGES.map((name) => list(page, text.changes[name], answer[name], counts[name]))}`
}

function list(page: PageContext, title: string, items: readonly Tried[], count: number): Html | '' {
  const text = page.texts.playground
  if (items.length === 0) return ''
  const columns: readonly Column<Tried>[] = [
    { heading: text.event, cell: ({ source, type }) => `${source}.${type}` },
    { heading: text.factsTitle, kind: 'wide', cell: ({ facts }) => shortFacts(facts) },
    ...(items.some(({ error }) => error !== undefined)
      ? [{ heading: text.outcomes.error, cell: ({ error }: Tried) => error ?? '' }]
      : []),
    { heading: page.texts.delivery.received, cell: ({ receivedAt }) => timeAgo(page, receivedAt) },
  ]
  const href = ({ delivery, event }: Tried) => `/deliveries/${delivery}?event=${event}`
  return html`<details><summary>${title} (${number(page, count)})</summary>
    ${table(items, columns, { label: title, href })}
    ${count > items.length ? html`<p class="faint">${text.listed(items.length)}</p>` : ''}</details>`
}
