import { html } from 'hono/html'
import type { StatsView } from '../../../api/stats/stats.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge } from '../../parts/badges.ts'
import { type Column, table } from '../../parts/table.ts'
import { duration, number, timeAgo } from '../../parts/text.ts'
import { type OverviewData, pagePath } from './data.ts'

type Program = StatsView['programs'][number]
type Source = StatsView['sources'][number]
type ErrorGroupView = OverviewData['errors'][number]

/** What fails most lately. Nothing if nothing does. */
export function errorTable(page: PageContext, { errors }: OverviewData): Html | string {
  if (errors.length === 0) return ''
  const text = page.texts.overview
  const columns: readonly Column<ErrorGroupView>[] = [
    { heading: text.program, cell: ({ program }) => program },
    { heading: text.reason, kind: 'wide', cell: ({ reason }) => reason || text.noReason },
    { heading: text.count, kind: 'number', cell: ({ count }) => number(page, count) },
    { heading: text.lastSeen, cell: ({ lastAt }) => timeAgo(page, lastAt) },
  ]
  const href = (group: ErrorGroupView) => pagePath(group.href)
  return html`<section class="errors">
    <div class="row spread"><h2>${text.failing}</h2><a href="/errors">${text.allErrors}</a></div>
    ${table(errors, columns, { label: text.failing, href, id: ({ id }) => `error-${id}` })}
  </section>`
}

export function programTable(page: PageContext, { stats, pauses }: OverviewData): Html | string {
  const { programs } = stats
  if (programs.length === 0) return ''
  const { overview: text, common } = page.texts
  const isPaused = (name: string) =>
    pauses.some((pause) => pause.kind === 'program' && pause.name === name)
  const columns: readonly Column<Program>[] = [
    {
      ...{ heading: text.program, kind: 'wide' },
      cell: ({ program }) =>
        html`${program} ${isPaused(program) ? badge('paused', common.states.paused) : ''}`,
    },
    { heading: text.succeeded, kind: 'number', cell: ({ succeeded }) => link(page, succeeded) },
    { heading: text.dead, kind: 'number', cell: ({ dead }) => link(page, dead) },
    { heading: text.waiting, kind: 'number', cell: ({ waiting }) => link(page, waiting) },
    { heading: text.running, kind: 'number', cell: ({ running }) => link(page, running) },
    { heading: text.runTime, kind: 'number', cell: ({ run }) => pair(run) },
    { heading: text.waitTime, kind: 'number', cell: ({ wait }) => pair(wait) },
  ]
  const id = ({ program }: Program) => `program-${program}`
  return html`<section><h2>${text.programs}</h2>${table(programs, columns, { label: text.programs, id })}</section>`
}

export function sourceTable(page: PageContext, { stats }: OverviewData): Html | string {
  const { sources } = stats
  if (sources.length === 0) return ''
  const text = page.texts.overview
  const columns: readonly Column<Source>[] = [
    { heading: text.source, kind: 'wide', cell: ({ source }) => source },
    { heading: text.accepted, kind: 'number', cell: ({ accepted }) => link(page, accepted) },
    { heading: text.duplicate, kind: 'number', cell: ({ duplicate }) => link(page, duplicate) },
    { heading: text.refused, kind: 'number', cell: ({ refused }) => link(page, refused) },
    { heading: text.why, cell: ({ refusedBy }) => reasons(page, refusedBy) },
  ]
  const id = ({ source }: Source) => `source-${source}`
  return html`<section><h2>${text.sources}</h2>${table(sources, columns, { label: text.sources, id })}</section>`
}

/** A number that leads to the list of what it counts; a zero leads nowhere. */
function link(page: PageContext, { value, href }: Program['dead']): Html | string {
  if (value === 0 || href === null) return number(page, value)
  return html`<a href="${pagePath(href)}">${number(page, value)}</a>`
}

function pair(times: Program['run']): string {
  return times === null ? '–' : `${duration(times.p50Ms)} / ${duration(times.p95Ms)}`
}

function reasons(page: PageContext, refusedBy: Source['refusedBy']): Html | string {
  const codes = Object.entries(refusedBy)
  if (codes.length === 0) return '–'
  return html`<span>${codes.map(([code, count]) => html`<code>${code}</code> ${number(page, count)} `)}</span>`
}
