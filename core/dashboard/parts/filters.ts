import { html } from 'hono/html'
import { ApiProblem } from '../../api/api-calls.ts'
import type { ProgramView } from '../../api/programs/views.ts'
import type { SourceView } from '../../api/sources/views.ts'
import { DELIVERY_STATES } from '../../contracts/lists.ts'
import type { Html, PageContext } from '../page.ts'
import { type FilterName, type Filters, pathWith } from './filter-values.ts'
import { choiceField, textField } from './forms.ts'
import { timeAt } from './text.ts'

/** Names to choose from. */
export interface Choices {
  readonly program: readonly string[]
  readonly rule: readonly string[]
  readonly source: readonly string[]
}

/** What the API lists by these filters, or why it refuses them. */
export async function loadList<View>(
  { api }: PageContext,
  path: string,
  { values, limit, after }: Filters,
): Promise<View | ApiProblem> {
  try {
    return await api.get<View>(path, { ...values, limit, after })
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.status === 400) return error
    throw error
  }
}

/** The programs, rules and sources in force. Empty where the API has none. */
export async function loadChoices({ api }: PageContext): Promise<Choices> {
  const orNone = (error: unknown) => {
    if (error instanceof ApiProblem) return null
    throw error
  }
  const [programs, sources] = await Promise.all([
    api.get<{ programs: readonly ProgramView[] }>('/api/programs').catch(orNone),
    api.get<{ sources: readonly SourceView[] }>('/api/sources').catch(orNone),
  ])
  const names = (list: readonly { readonly name: string }[] = []) => list.map(({ name }) => name)
  return {
    program: names(programs?.programs),
    rule: programs?.programs.flatMap(({ rules }) => rules) ?? [],
    source: names(sources?.sources),
  }
}

/** Samples of what to type, the same in all languages. */
const SAMPLES = {
  type: 'push',
  fact: 'branch=main',
  reason: 'exited with code 1',
  delivery: 'dlv_…',
}
const SPANS = ['1h', '24h', '7d', '30d'] as const

/**
 * The search field, the other filters below a button, and a chip for each filter in force. `tabs` has the values of one
 * filter as links above it. It is a form that a browser sends by itself.
 */
export function filterBar(
  page: PageContext,
  filters: Filters,
  options: { readonly choices: Choices; readonly tabs: Tabs },
): Html {
  const text = page.texts.filters
  const { names, values, path } = filters
  const { choices, tabs } = options
  const isBelow = (name: FilterName) => name !== 'text' && name !== tabs.name
  const below = names.filter(isBelow)
  const count = below.filter((name) => values[name] !== undefined).length
  return html`<div class="row spread">${tabLinks(page, filters, tabs)}${spanLinks(page, filters)}</div>
    <form class="filters" action="${path}" role="search" aria-label="${text.label}" data-filters>
      ${hiddenField(tabs.name, values[tabs.name]?.[0])}
      ${hiddenField('since', spanOf(filters))}
      ${names.includes('text') ? html`<input type="search" name="text" value="${values.text?.[0] ?? ''}" placeholder="${text.hints.text}" aria-label="${text.names.text}" autocomplete="off" spellcheck="false" data-search>` : ''}
      <details class="popover">
        <summary class="button">${page.texts.common.filter}${count === 0 ? '' : html` <span class="badge busy">${count}</span>`}</summary>
        <div class="card">
          <div class="fields">${below.map((name) => control(page, filters, { name, choices }))}</div>
          <p class="buttons"><button class="button primary">${page.texts.common.apply}</button></p>
        </div>
      </details>
      ${names.includes('text') ? html`<button class="button">${text.search}</button>` : ''}
    </form>
    ${chips(page, filters, tabs)}`
}

/** Links that choose one value of a filter. */
export interface Tabs {
  readonly name: FilterName
  readonly choices: readonly (readonly [value: string, label: string])[]
}

function tabLinks({ texts }: PageContext, filters: Filters, { name, choices }: Tabs): Html {
  const current = filters.values[name]?.[0] ?? ''
  const links = [['', texts.common.all] as const, ...choices].map(
    ([value, label]) =>
      html`<li><a href="${pathWith(filters, { [name]: value })}"${value === current ? html` aria-current="true"` : ''}>${label}</a></li>`,
  )
  return html`<ul class="tabs" aria-label="${texts.filters.names[name]}">${links}</ul>`
}

function spanLinks({ texts }: PageContext, filters: Filters): Html {
  const text = texts.filters
  const { since, until } = filters.values
  const current = until === undefined ? (since?.[0] ?? '') : null
  const links = ['', ...SPANS].map((span) => {
    const label = span === '' ? text.anyTime : text.spans[span as (typeof SPANS)[number]]
    const href = pathWith(filters, { since: span, until: undefined })
    return html`<li><a href="${href}"${span === current ? html` aria-current="true"` : ''}>${label}</a></li>`
  })
  return html`<ul class="tabs" aria-label="${text.span}">${links}</ul>`
}

/** A time ago such as `24h`, which has no field of its own. */
function spanOf({ values }: Filters): string | undefined {
  const since = values.since?.[0]
  return since === undefined || isTime(since) ? undefined : since
}

function isTime(value: string): boolean {
  return /^\d{4}-/.test(value)
}

function hiddenField(name: string, value: string | undefined): Html | '' {
  return value === undefined ? '' : html`<input type="hidden" name="${name}" value="${value}">`
}

interface Control {
  readonly name: FilterName
  readonly choices: Choices
}

function control({ texts }: PageContext, filters: Filters, { name, choices }: Control): Html {
  const text = texts.filters
  const label = text.names[name]
  const given = filters.values[name] ?? []
  const value = given[0] ?? ''
  const select = (all: readonly (readonly [string, string])[]) => {
    const known =
      value === '' || all.some(([one]) => one === value) ? all : [[value, value] as const, ...all]
    return choiceField({ name, label, value, choices: [['', texts.common.all], ...known] })
  }
  switch (name) {
    case 'state':
      return select(stateChoices(texts, filters.names))
    case 'approval':
      return select([[PENDING, text.pending]])
    case 'outcome':
      return select(OUTCOMES.map((outcome) => [outcome, texts.common.outcomes[outcome]]))
    case 'program':
    case 'rule':
    case 'source':
      return select(choices[name].map((one) => [one, one]))
    case 'fact':
      return html`${given.map((fact) => hiddenField(name, fact))}
        ${textField({ name, label, placeholder: SAMPLES.fact })}`
    case 'since':
    case 'until':
      return html`<label class="field"><span>${label}</span>
        <input name="${name}" value="${isTime(value) || name === 'until' ? value : ''}" placeholder="${text.hints[name]}" autocomplete="off" data-time>
      </label>`
    case 'key':
    case 'text':
      return textField({ name, label, value, placeholder: text.hints[name] })
    default:
      return textField({ name, label, value, placeholder: SAMPLES[name] })
  }
}

/** Of deliveries or of tasks, by their name. */
function stateChoices(
  { filters, common }: PageContext['texts'],
  names: readonly FilterName[],
): readonly (readonly [string, string])[] {
  return names.includes('outcome')
    ? DELIVERY_STATES.map((state) => [state, filters.deliveryStates[state]])
    : STATES.map((state) => [state, common.states[state]])
}

const STATES = ['waiting', 'running', 'succeeded', 'dead', 'cancelled'] as const
/** The one approval that lists can be asked for. */
const PENDING = 'pending'
const OUTCOMES = ['accepted', 'duplicate', 'refused'] as const

/** A link for each filter in force that takes it away. */
function chips(page: PageContext, filters: Filters, { name: tab }: Tabs): Html | '' {
  const text = page.texts.filters
  const { values, names, path } = filters
  const links = names.flatMap((name) => {
    const all = values[name] ?? []
    if (name === tab || (name === 'since' && spanOf(filters) !== undefined)) return []
    return all.map((value) => {
      const href = pathWith(filters, { [name]: all.filter((one) => one !== value) })
      const shown =
        isTime(value) && name !== 'text'
          ? timeAt(page, value)
          : shownValue(page, { name, names, value })
      return html`<li><a class="chip" href="${href}" title="${text.remove}"><span class="faint">${text.names[name]}</span> ${shown}<span aria-hidden="true">×</span><span class="hidden-text">${text.remove}</span></a></li>`
    })
  })
  if (links.length === 0) return ''
  return html`<ul class="chips" aria-label="${text.inForce}">${links}<li><a href="${path}">${page.texts.common.clear}</a></li></ul>`
}

interface Shown extends Pick<Filters, 'names'> {
  readonly name: FilterName
  readonly value: string
}

function shownValue({ texts }: PageContext, { name, names, value }: Shown): string {
  const { outcomes } = texts.common
  if (name === 'state') return new Map(stateChoices(texts, names)).get(value) ?? value
  if (name === 'approval' && value === PENDING) return texts.filters.pending
  if (name === 'outcome') return outcomes[value as (typeof OUTCOMES)[number]] ?? value
  return value
}
