import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { ApiProblem, toSearch } from '../../../api/api-calls.ts'
import type { BacktestAnswer } from '../../../api/config/backtest.ts'
import { layout } from '../../layout.ts'
import { type DashboardTypes, formOf, type Html, type PageContext } from '../../page.ts'
import { emptyState } from '../../parts/table.ts'
import type { BacktestResult } from './backtest-part.ts'
import { trialForm } from './form-part.ts'
import { loadFactDocs, loadOffers, type Offers, writeOut } from './load.ts'
import { type EvaluatedView, type Result, resultPart } from './results.ts'
import {
  backtestBodyOf,
  evaluateBodyOf,
  FieldFault,
  readTrialForm,
  type TrialForm,
} from './trial-form.ts'

/** `/playground`: conditions, templates and backtests on stored or given events. Nothing is stored. */
export function playgroundPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()
  const formIn = async (context: Context<DashboardTypes>) => readTrialForm(await formOf(context))

  routes.get('/', async (context) => {
    const page = context.get('page')
    if (!page.may('operator')) return context.html(forOperators(page))
    const offers = await loadOffers(page)
    return context.html(show(page, firstForm(page, offers), { offers }))
  })

  routes.post('/', async (context) => {
    const page = context.get('page')
    const form = await formIn(context)
    const [offers, result] = await Promise.all([loadOffers(page), evaluate(page, form)])
    return context.html(show(page, form, { offers, result }))
  })

  routes.post('/backtest', async (context) => {
    const page = context.get('page')
    const form = await formIn(context)
    const [offers, result] = await Promise.all([loadOffers(page), evaluate(page, form)])
    const backtest = await runBacktest(page, form, result)
    return context.html(show(page, form, { offers, result, backtest }))
  })

  routes.post('/load', async (context) => {
    const page = context.get('page')
    const form = await formIn(context)
    const offers = await loadOffers(page)
    const rule = offers.rules.find(({ name }) => name === form.rule)
    const loaded = rule === undefined ? form : { ...form, on: rule.on, when: rule.when ?? '' }
    return context.html(show(page, loaded, { offers, result: await evaluate(page, loaded) }))
  })

  routes.post('/write-out', async (context) => {
    const page = context.get('page')
    const form = await writeOut(page, await formIn(context))
    const [offers, result] = await Promise.all([loadOffers(page), evaluate(page, form)])
    return context.html(show(page, form, { offers, result }))
  })

  routes.post('/rule', async (context) => {
    const page = context.get('page')
    const form = await formIn(context)
    const { on, when } = form
    const [delivery, event] = form.stored.split('/')
    const draft = {
      on: on === '' ? eventOn(await evaluate(page, form)) : on,
      when,
      delivery,
      event,
    }
    return context.redirect(`/configuration/rules/new${toSearch(draft)}`, 303)
  })
  return routes
}

interface Shown {
  readonly offers: Offers
  readonly result?: Result
  readonly backtest?: BacktestResult
}

function show(
  page: PageContext,
  form: TrialForm,
  { offers, result = null, backtest = null }: Shown,
): Html {
  return layout(page, {
    title: page.texts.common.playground,
    section: 'playground',
    body: html`<p class="intro">${page.texts.playground.intro}</p>
      ${trialForm(page, form, { offers, backtest, result: resultPart(page, form, result) })}`,
  })
}

function forOperators(page: PageContext): Html {
  const { common, playground } = page.texts
  const body = emptyState(playground.forOperators, playground.forOperatorsText)
  return layout(page, { title: common.playground, section: 'playground', body })
}

/** What the address asks for, else the newest event, else a small event of one's own. */
function firstForm({ context }: PageContext, { sources, rules, recent }: Offers): TrialForm {
  const { delivery, event, rule: wanted, ...query } = context.req.query()
  const rule = rules.find(({ name }) => name === wanted)
  const stored =
    delivery === undefined
      ? (recent[0]?.id ?? '')
      : event === undefined
        ? delivery
        : `${delivery}/${event}`
  const given = readTrialForm({
    on: rule?.on,
    when: rule?.when,
    rule: rule?.name,
    ...query,
    stored,
  })
  if (stored !== '') return given
  const facts = '{ "branch": "main" }'
  return { ...given, source: sources[0]?.name ?? '', type: 'push', facts, payload: '{}' }
}

async function evaluate(page: PageContext, form: TrialForm): Promise<Result> {
  try {
    const body = evaluateBodyOf(form)
    const view = await page.api.send<EvaluatedView>('POST', '/api/conditions/evaluate', body)
    return {
      kind: 'evaluated',
      view,
      docs: await loadFactDocs(page, view.event.source, view.event.type),
    }
  } catch (error) {
    return refusalOf(page, error)
  }
}

async function runBacktest(
  page: PageContext,
  form: TrialForm,
  result: Result,
): Promise<BacktestResult> {
  try {
    const body = backtestBodyOf(form, eventOn(result))
    return await page.api.send<BacktestAnswer>('POST', '/api/config/rules/backtest', body)
  } catch (error) {
    return refusalOf(page, error)
  }
}

/** What a rule on the event's own type has as `on`. */
function eventOn(result: Result): string {
  if (result?.kind !== 'evaluated') return ''
  const { source, type } = result.view.event
  return source === '' ? type : `${source}.${type}`
}

/** A refusal stands where the result would be: the form keeps what was typed. Throws what is no refusal. */
function refusalOf({ texts }: PageContext, error: unknown): Extract<Result, { kind: 'refused' }> {
  if (error instanceof FieldFault) {
    const { noJson, noJsonRemedy } = texts.playground
    return {
      kind: 'refused',
      reason: noJson(texts.playground[error.field], error.message),
      remedy: noJsonRemedy,
    }
  }
  if (!(error instanceof ApiProblem) || error.problem.status === 403) throw error
  return { kind: 'refused', reason: error.message, remedy: error.problem.remedy }
}
