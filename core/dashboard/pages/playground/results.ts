import { html } from 'hono/html'
import type { EventTypeView } from '../../../api/sources/views.ts'
import type { Evaluated, EvaluatedCondition } from '../../../trial/evaluate.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge, type Tone } from '../../parts/badges.ts'
import { clauseTree } from '../../parts/clauses.ts'
import { FUNCTIONS } from './functions.ts'
import { lineName, type TrialForm, templatesOf } from './trial-form.ts'

/** The answer of `POST /api/conditions/evaluate`. */
export interface EvaluatedView extends Evaluated {
  readonly event: {
    readonly id: string
    readonly source: string
    readonly type: string
    readonly facts: Readonly<Record<string, unknown>>
  }
  readonly covered: boolean
}

/** What became of the form: a refusal with its reason, or the answer; null if nothing was evaluated yet. */
export type Result =
  | { readonly kind: 'refused'; readonly reason: string; readonly remedy: string }
  | {
      readonly kind: 'evaluated'
      readonly view: EvaluatedView
      readonly docs: EventTypeView['facts']
    }
  | null

const TONES: Readonly<Record<EvaluatedCondition['outcome'], Tone>> = {
  true: 'good',
  false: 'bad',
  error: 'wait',
  invalid: 'wait',
}

/** What the condition and the templates give, and the names that they can use. */
export function resultPart(page: PageContext, form: TrialForm, result: Result): Html {
  const text = page.texts.playground
  const given = result?.kind === 'evaluated' ? result : null
  return html`<div id="result">
    <section class="card stack" aria-live="polite"><h2>${text.result}</h2>${resultOf(page, form, result)}</section>
    ${functionsPart(page)}
    <section class="card stack"><h2>${text.factsTitle}</h2>
      ${given === null ? html`<p class="faint">${text.pressEvaluate}</p>` : factsPart(page, given.view.event.facts, given.docs)}
    </section>
  </div>`
}

function resultOf(page: PageContext, form: TrialForm, result: Result): Html {
  const text = page.texts.playground
  if (result === null) return html`<p class="faint">${text.pressEvaluate}</p>`
  if (result.kind === 'refused') {
    return html`<p class="notice bad">${result.reason}</p><p class="faint">${result.remedy}</p>`
  }
  const { view } = result
  const { source, type } = view.event
  const name = source === '' ? type : `${source}.${type}`
  return html`<p class="faint">${text.forEvent} <code>${name}</code></p>
    ${view.covered ? '' : html`<p class="notice">${text.notCovered(form.on, name)}</p>`}
    ${view.condition === null ? html`<p class="faint">${text.noCondition}</p>` : conditionPart(page, form, view.condition)}
    ${templatesPart(page, form, view)}`
}

function conditionPart(
  page: PageContext,
  { when }: TrialForm,
  condition: EvaluatedCondition,
): Html {
  const text = page.texts.playground
  const { outcome, error, faults, clauses } = condition
  return html`<p>${badge(TONES[outcome], text.outcomes[outcome])}</p>
    ${error === null ? '' : html`<p class="fault">${error}</p>`}
    ${faults.map(
      ({ message, remedy, start, end }) => html`<p class="fault">${message}</p>
      ${start === null || end === null ? '' : html`<pre><code>${when.slice(0, start)}<mark>${when.slice(start, end) || ' '}</mark>${when.slice(end)}</code></pre>`}
      <p class="faint">${remedy}</p>`,
    )}
    ${clauses === null ? '' : clauseTree(page, clauses)}`
}

function templatesPart(
  { texts }: PageContext,
  form: TrialForm,
  { params }: EvaluatedView,
): Html | '' {
  const lines = templatesOf(form)
  if (lines.length === 0) return ''
  const items = lines.map((line, index) => {
    const { value, error } = params[lineName(index)] ?? { value: null, error: null }
    const shown =
      error === null
        ? html`<code>${value}</code>`
        : html`<span class="fault">${error.message}</span> <small>${error.remedy}</small>`
    return html`<div><dt><code>${line}</code></dt><dd>${shown}</dd></div>`
  })
  return html`<h3>${texts.playground.templates}</h3><dl class="facts">${items}</dl>`
}

function factsPart(
  { texts }: PageContext,
  given: EvaluatedView['event']['facts'],
  docs: EventTypeView['facts'],
): Html {
  const text = texts.playground
  const descriptions = new Map(
    docs.map(({ name, type, description }) => [name, `${type}: ${description}`]),
  )
  const names = [...new Set([...Object.keys(given), ...descriptions.keys()])]
  const rows = names.map((name) => {
    const value = given[name] ?? null
    const shown =
      value === null
        ? html`<span class="faint">null</span>`
        : html`<code>${cut(String(value))}</code>`
    return [insertButton(name, name, descriptions.get(name) ?? ''), shown] as const
  })
  const empty = names.length === 0 ? html`<p class="faint">${texts.delivery.noFacts}</p>` : ''
  return html`<p class="faint">${text.factsHint}</p>
    ${empty}<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function functionsPart({ texts }: PageContext): Html {
  const text = texts.playground
  const rows = Object.entries(FUNCTIONS).map(
    ([name, example]) =>
      html`<div><dt>${text.functions[name as keyof typeof FUNCTIONS]}</dt><dd>${insertButton(example, example, '')}</dd></div>`,
  )
  return html`<details class="card" id="functions"><summary>${text.functionsTitle}</summary><dl class="facts">${rows}</dl></details>`
}

/** Puts a text into the condition, where the cursor is. */
function insertButton(label: string, inserted: string, title: string): Html {
  return html`<button type="button" class="copyable" data-insert="${inserted}" title="${title}">${label}</button>`
}

function cut(value: string): string {
  return value.length > 120 ? `${value.slice(0, 120)}…` : value
}
