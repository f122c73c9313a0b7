import type { Hono } from 'hono'
import { html } from 'hono/html'
import { ApiProblem } from '../../../api/api-calls.ts'
import type { CasesRunView, CasesView } from '../../../api/config/cases.ts'
import type { CaseVerdict } from '../../../trial/cases/case-trials.ts'
import { layout } from '../../layout.ts'
import type { DashboardTypes, Html, PageContext } from '../../page.ts'
import { badge, type Tone } from '../../parts/badges.ts'
import { csrfField } from '../../parts/forms.ts'
import { type Column, emptyState, table } from '../../parts/table.ts'
import { copyable, number } from '../../parts/text.ts'

const PATH = '/configuration/cases'
const RECORD = 'hookline record dlv_…'
const TONES: Readonly<Record<CaseVerdict['state'], Tone>> = {
  passed: 'good',
  failed: 'bad',
  skipped: 'quiet',
}

type Listed = CasesView['cases'][number]
/** What a run gave, or why there was none; null: nothing was run yet. */
type Ran = CasesRunView | ApiProblem | null

/** `/configuration/cases`: the cases beside the config, and what became of them. */
export function addCaseRoutes(routes: Hono<DashboardTypes>): void {
  routes.get('/cases', async (context) => {
    const page = context.get('page')
    return context.html(await casesPage(page, null))
  })

  routes.post('/cases', async (context) => {
    const page = context.get('page')
    const ran = await page.api
      .send<CasesRunView>('POST', '/api/config/cases/run', {})
      .catch((error: unknown) => {
        if (error instanceof ApiProblem && error.problem.status !== 403) return error
        throw error
      })
    return context.html(await casesPage(page, ran))
  })
}

async function casesPage(page: PageContext, ran: Ran) {
  const { cases: text, configuration } = page.texts
  const listed = await page.api.get<CasesView>('/api/config/cases')
  const run = html`<form method="post" action="${PATH}" hx-post="${PATH}" hx-target="#cases" hx-select="#cases" hx-swap="outerMorph" hx-disable="find button">${csrfField(page)}<button class="button primary">${text.run}</button></form>`
  return layout(page, {
    title: text.title,
    section: 'configuration',
    above: html`<a href="/configuration">${configuration.title}</a>`,
    ...(page.may('operator') && listed.cases.length > 0 ? { beside: run } : {}),
    body: html`<p class="intro">${text.intro}</p>
      <div id="cases" class="stack" aria-live="polite">${casesList(page, listed, ran)}</div>`,
  })
}

function casesList(page: PageContext, { cases, more }: CasesView, ran: Ran): Html {
  const text = page.texts.cases
  if (cases.length === 0) {
    return emptyState(text.none, text.noneText, copyable(page, RECORD))
  }
  const results = ran !== null && 'results' in ran ? ran.results : null
  const verdicts = new Map(results?.map((verdict) => [verdict.file, verdict]))
  const columns: readonly Column<Listed>[] = [
    { heading: text.name, cell: ({ name }) => name },
    { heading: text.file, cell: ({ file }) => html`<code>${file}</code>` },
    { heading: text.verdict, kind: 'state', cell: (one) => verdictOf(page, one, verdicts) },
    {
      heading: text.differences,
      cell: ({ file, fault }) =>
        html`${(verdicts.get(file)?.differences ?? (fault === null ? [] : [fault])).map((line) => html`<div>${line}</div>`)}`,
    },
  ]
  return html`${ran instanceof ApiProblem ? html`<p class="notice bad">${ran.message}</p><p class="faint">${ran.problem.remedy}</p>` : ''}
    ${results === null ? '' : html`<p>${countsOf(page, results)}</p>`}
    ${table(cases, columns, { label: text.title })}
    ${more ? html`<p class="faint">${text.more(number(page, cases.length))}</p>` : ''}`
}

function verdictOf(
  { texts: { cases: text } }: PageContext,
  { file, fault }: Listed,
  verdicts: ReadonlyMap<string, CaseVerdict>,
): Html {
  if (fault !== null) return badge('bad', text.noCase)
  const { state } = verdicts.get(file) ?? {}
  return state === undefined ? html`${text.notRun}` : badge(TONES[state], text.states[state])
}

function countsOf(page: PageContext, results: readonly CaseVerdict[]): string {
  const count = (wanted: CaseVerdict['state']) =>
    number(page, results.filter(({ state }) => state === wanted).length)
  return page.texts.cases.counts(count('passed'), count('failed'), count('skipped'))
}
