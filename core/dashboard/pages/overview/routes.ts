import { Hono } from 'hono'
import { html } from 'hono/html'
import type { FeedView } from '../../../api/catch-up/views.ts'
import type { NodeView } from '../../../api/node-routes.ts'
import type { PauseView } from '../../../api/pauses/views.ts'
import type { RegistrationView } from '../../../api/registrations/views.ts'
import type { ErrorView } from '../../../api/stats/routes.ts'
import type { StatsView } from '../../../api/stats/stats.ts'
import type { TaskView } from '../../../api/tasks/views.ts'
import type { TunnelView } from '../../../api/tunnel/routes.ts'
import type { Unserved } from '../../../work/roster.ts'
import { layout } from '../../layout.ts'
import type { DashboardTypes, Html, PageContext } from '../../page.ts'
import { type ChartOptions, type ChartSeries, chart } from '../../parts/chart.ts'
import { live } from '../../parts/live.ts'
import { emptyState } from '../../parts/table.ts'
import { duration, number } from '../../parts/text.ts'
import { tunnelLine } from '../../parts/tunnel.ts'
import { type OverviewData, pagePath, SPANS, UNAPPROVED_SHOWN } from './data.ts'
import { healthOf } from './health.ts'
import { errorTable, programTable, sourceTable } from './tables.ts'

const ERRORS_SHOWN = 5

/** `/`: whether all is well, and what is not. */
export function overviewPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()
  routes.get('/', async (context) => {
    const page = context.get('page')
    const asked = context.req.query('span')
    const data = await read(page, SPANS.find((one) => one === asked) ?? '24h')
    const text = page.texts.overview
    const body = live(page, 'overview', ['stats', 'pause', 'node', 'config'], draw(page, data))
    return context.html(
      layout(page, {
        title: text.title,
        section: 'overview',
        ...(data.arrived === 'never' ? {} : { beside: spanTabs(page, data) }),
        body,
        assets: ['uplot.css', 'uplot.js', 'charts.js'],
      }),
    )
  })
  return routes
}

async function read({ api }: PageContext, span: OverviewData['span']): Promise<OverviewData> {
  const unapproved = { approval: 'pending', limit: UNAPPROVED_SHOWN + 1 }
  const [stats, known, paused, failing, config, { tunnel }, registered, { feeds }, { tasks }] =
    await Promise.all([
      api.get<StatsView>('/api/stats', { since: span }),
      api.get<{ nodes: NodeView[]; unserved: Unserved[] }>('/api/nodes'),
      api.get<{ pauses: PauseView[] }>('/api/pauses'),
      api.get<{ errors: ErrorView[] }>('/api/errors', { since: span, limit: ERRORS_SHOWN }),
      api.get<{ fault: string | null }>('/api/config'),
      api.get<{ tunnel: TunnelView | null }>('/api/tunnel'),
      api.get<{ registrations: RegistrationView[] }>('/api/registrations'),
      api.get<{ feeds: FeedView[] }>('/api/catch-up'),
      api.get<{ tasks: TaskView[] }>('/api/tasks', unapproved),
    ])
  const { accepted, duplicate, refused } = stats.totals
  const count = accepted.value + duplicate.value + refused.value + stats.queue.waiting.value
  const any = { limit: 1 }
  const before =
    count > 0 ? [] : (await api.get<{ deliveries: unknown[] }>('/api/deliveries', any)).deliveries
  return {
    ...{ span, stats, ...known, tunnel, feeds },
    arrived: count > 0 ? 'lately' : before.length > 0 ? 'before' : 'never',
    pauses: paused.pauses,
    unapproved: tasks,
    registrations: registered.registrations,
    errors: failing.errors,
    isConfigFaulty: config.fault !== null,
  }
}

function spanTabs({ texts }: PageContext, { span }: OverviewData): Html {
  const text = texts.overview
  const items = SPANS.map(
    (one) =>
      html`<li><a href="/?span=${one}"${one === span ? html` aria-current="true"` : ''}>${text.spans[one]}</a></li>`,
  )
  return html`<nav aria-label="${text.span}"><ul class="tabs">${items}</ul></nav>`
}

function draw(page: PageContext, data: OverviewData): Html {
  const { stats, arrived } = data
  const text = page.texts.overview
  const tunnel = data.tunnel === null ? '' : tunnelLine(page, data.tunnel)
  if (arrived === 'never') return html`${welcome(page)}${healthOf(page, data)}${tunnel}`
  const charts = html`<div class="columns">
    ${chart(page, chartOf(page, stats, { title: text.deliveries, measures: DELIVERY_TONES }))}
    ${chart(page, chartOf(page, stats, { title: text.tasks, measures: TASK_TONES }))}
  </div>`
  const rest = html`${charts}${errorTable(page, data)}${programTable(page, data)}${sourceTable(page, data)}`
  const nothing = emptyState(
    text.nothing,
    text.nothingText,
    html`<p><a class="button primary" href="/connect">${text.connect}</a></p>`,
  )
  return html`${healthOf(page, data)}${tunnel}${figures(page, stats)}${arrived === 'before' ? nothing : rest}`
}

/** What a service shows to which nothing was ever sent. */
function welcome({ texts }: PageContext): Html {
  const text = texts.overview
  return html`<section class="card welcome">
    <h2>${text.welcome}</h2>
    <ol>${text.welcomeSteps.map((step) => html`<li>${step}</li>`)}</ol>
    <p><a class="button primary" href="/connect">${text.connect}</a></p>
  </section>`
}

type Shown = 'accepted' | 'duplicate' | 'refused' | 'succeeded' | 'dead'

const DELIVERY_TONES: readonly (readonly [Shown, ChartSeries['tone']])[] = [
  ['accepted', 'good'],
  ['duplicate', 'quiet'],
  ['refused', 'bad'],
]
const TASK_TONES: typeof DELIVERY_TONES = [
  ['succeeded', 'good'],
  ['dead', 'bad'],
]

interface Charted {
  readonly title: string
  readonly measures: typeof DELIVERY_TONES
}

function chartOf(
  { texts }: PageContext,
  { times, widthSeconds, series }: StatsView,
  { title, measures }: Charted,
): ChartOptions {
  const shown = measures.map(([measure, tone]) => {
    const found = series.find((one) => one.measure === measure && one.name === null)
    const { values = [], total = 0 } = found ?? {}
    return { label: texts.overview[measure], tone, values, total: total ?? 0 }
  })
  return { title, times, widthSeconds, series: shown }
}

function figures(page: PageContext, { totals, queue, successRate, run, wait }: StatsView): Html {
  const text = page.texts.overview
  const percent = new Intl.NumberFormat(page.texts.common.htmlLanguage, {
    style: 'percent',
    maximumFractionDigits: 1,
  })
  const times = (pair: StatsView['run']) =>
    pair === null ? '–' : `${duration(pair.p50Ms)} / ${duration(pair.p95Ms)}`
  const rate = successRate === null ? '–' : percent.format(successRate)
  const all: readonly FigureOptions[] = [
    {
      label: text.accepted,
      value: number(page, totals.accepted.value),
      href: totals.accepted.href,
    },
    { label: text.refused, value: number(page, totals.refused.value), href: totals.refused.href },
    { label: text.waiting, value: number(page, queue.waiting.value), href: queue.waiting.href },
    { label: text.running, value: number(page, queue.running.value), href: queue.running.href },
    {
      ...{ label: text.dead, value: number(page, totals.dead.value), href: totals.dead.href },
      tone: totals.dead.value > 0 ? 'bad' : '',
    },
    { label: text.successRate, value: rate, href: '/api/tasks?state=succeeded' },
    { label: text.runTime, value: times(run), href: null, isLong: true },
    { label: text.waitTime, value: times(wait), href: null, isLong: true },
  ]
  return html`<ul class="figures">${all.map(figure)}</ul>`
}

interface FigureOptions {
  readonly label: string
  readonly value: string
  /** The call of the API that lists what is counted. */
  readonly href: string | null
  readonly tone?: string
  readonly isLong?: boolean
}

function figure({ label, value, href, tone = '', isLong = false }: FigureOptions): Html {
  const shown = html`<span class="faint">${label}</span><strong class="${isLong ? 'long' : ''}">${value}</strong>`
  return href === null
    ? html`<li><div class="figure">${shown}</div></li>`
    : html`<li><a class="figure ${tone}" href="${pagePath(href)}">${shown}</a></li>`
}
