import { html } from 'hono/html'
import type { Html, PageContext } from '../page.ts'
import { number } from './text.ts'

export interface ChartSeries {
  readonly label: string
  /** Name of a colour of the style sheet. */
  readonly tone: 'good' | 'bad' | 'quiet'
  readonly values: readonly (number | null)[]
  readonly total: number
}

export interface ChartOptions {
  readonly title: string
  /** Starts of the buckets, in seconds since the epoch. */
  readonly times: readonly number[]
  readonly widthSeconds: number
  readonly series: readonly ChartSeries[]
}

/**
 * Bars over time, the series on top of each other. The script draws them; the totals are in the page as text. The page
 * needs the assets `uplot.js`, `uplot.css` and `charts.js`.
 */
export function chart(
  page: PageContext,
  { title, times, widthSeconds, series }: ChartOptions,
): Html {
  const shown = series.map(({ label, tone, values }) => ({ label, tone, values }))
  const data = JSON.stringify({ times, widthSeconds, series: shown })
  const totals = series.map(
    ({ label, tone, total }) =>
      html`<li><span class="dot ${tone}"></span>${label} <strong>${number(page, total)}</strong></li>`,
  )
  const summary = series.map(({ label, total }) => `${label}: ${number(page, total)}`).join(', ')
  return html`<figure class="card chart">
    <figcaption><h2>${title}</h2><ul class="legend">${totals}</ul></figcaption>
    <div class="plot" role="img" aria-label="${title}: ${summary}" data-chart="${data}" hx-morph-skip-children></div>
  </figure>`
}
