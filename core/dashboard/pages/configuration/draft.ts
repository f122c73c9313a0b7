import { isDeepStrictEqual } from 'node:util'
import { html } from 'hono/html'
import { isRecord } from '../../../kit/is-record.ts'
import type { Html, PageContext } from '../../page.ts'
import { choiceField, csrfField, textField } from '../../parts/forms.ts'
import { type Column, table } from '../../parts/table.ts'
import { drawFields } from '../../schema-form/draw.ts'
import { fieldsOf, type OptionSchema } from '../../schema-form/fields.ts'
import { type PartKindName, type PartView, partPath } from './parts.ts'

export interface Draft {
  readonly kind: PartKindName
  /** The part that is changed; null for a new one. */
  readonly part: PartView | null
  /** Name of the plugin; null if none is chosen yet. */
  readonly use: string | null
  /** JSON Schema of the whole config. */
  readonly schema: { readonly $defs: Readonly<Record<string, OptionSchema>> }
  readonly programs: readonly string[]
  readonly sources: readonly string[]
  /** What a link to a new part gives in advance. */
  readonly given: Readonly<Record<string, string>>
}

export interface DraftFault {
  /** JSON pointer into the form of the part; null if the fault is elsewhere. */
  readonly pointer: string | null
  readonly place: string | null
  readonly message: string
  readonly remedy: string
}

/** What saving a draft would do. */
export interface Review {
  readonly name: string
  readonly body: Readonly<Record<string, unknown>>
  readonly version: string | null
  readonly isRight: boolean
  readonly faults: readonly DraftFault[]
  readonly after: PartView | null
  readonly backtest: {
    readonly gained: number
    readonly lost: number
    readonly same: number
  } | null
}

const DEFINITION = { sources: 'source', programs: 'program' } as const

/** The schema of the options of the draft's plugin. */
export function optionsSchema({ kind, use, schema }: Draft): OptionSchema {
  if (kind === 'rules' || use === null) return {}
  return schema.$defs[`${DEFINITION[kind]}.${use}`]?.properties?.['options'] ?? {}
}

/** All plugins of a kind, to choose one. */
export function pluginChoice(page: PageContext, { kind, schema }: Draft): Html {
  const text = page.texts.configuration
  const prefix = kind === 'rules' ? '' : `${DEFINITION[kind]}.`
  const plugins = Object.entries(schema.$defs)
    .filter(([name]) => name.startsWith(prefix) && name.split('.').length === 2)
    .map(([name, { description = '' }]) => ({ name: name.slice(prefix.length), description }))
  const items = plugins.map(
    ({
      name,
      description,
    }) => html`<li><a class="figure" href="/configuration/${kind}/new?use=${name}" data-row>
      <strong class="long">${name}</strong><span class="faint">${description}</span></a></li>`,
  )
  return html`<h2>${text.choosePlugin}</h2><ul class="figures choices">${items}</ul>`
}

/** Value of the choice that leaves the answer of a rule as it is. */
export const KEPT_ANSWER = 'kept'

/** The form of a draft. What saving it would do appears below it while it is written. */
export function draftForm(page: PageContext, draft: Draft): Html {
  const text = page.texts.configuration
  const { kind, part, use } = draft
  const path = part === null ? `/configuration/${kind}/new` : partPath(kind, part.name, '/edit')
  const name =
    part === null
      ? textField({
          name: 'name',
          label: text.name,
          value: draft.given['name'] ?? use ?? '',
          hint: text.nameHint,
        })
      : html`<input type="hidden" name="version" value="${part.version ?? ''}">`
  const fields =
    kind === 'rules'
      ? ruleFields(page, draft)
      : html`<input type="hidden" name="use" value="${use ?? ''}">
        ${drawFields(page, { fields: fieldsOf(optionsSchema(draft)), options: part?.options ?? {} })}`
  return html`<div class="columns">
    <form id="draft" method="post" action="${path}" class="card stack" hx-post="${path}" hx-target="#review" hx-trigger="submit, input delay:600ms">
      ${csrfField(page)}${name}${fields}
      <button class="button" name="step" value="check">${text.review}</button>
    </form>
    <section class="card" aria-live="polite"><h2>${text.review}</h2><div id="review"><p class="faint">${text.reviewHint}</p></div></section>
  </div>`
}

function ruleFields(page: PageContext, { part, programs, sources, given }: Draft): Html {
  const text = page.texts.configuration
  const value = (field: 'on' | 'when' | 'run') => String(part?.[field] ?? given[field] ?? '')
  const runs = [part?.run ?? given['run'] ?? programs[0] ?? ''].flat().join(', ')
  const choices = [...new Set([runs, ...programs])].filter((one) => one !== '')
  return html`
    <label class="field"><span>${text.on}</span>
      <input type="text" name="on" value="${value('on')}" list="sources" placeholder="github.push" autocomplete="off" spellcheck="false"><small>${text.onHint}</small>
      <datalist id="sources">${sources.map((one) => html`<option value="${one}">`)}</datalist>
    </label>
    <label class="field"><span>${text.when}</span>
      <textarea name="when" rows="3" spellcheck="false">${value('when')}</textarea><small>${text.whenHint}</small>
    </label>
    ${choiceField({ name: 'run', label: text.run, value: runs, choices: choices.map((one) => [one, one]) })}
    ${choiceField({ name: 'answer', label: text.answer, ...answerChoice(page, part) })}`
}

/** An answer with settings of its own can be kept, and is written by the API. */
function answerChoice({ texts }: PageContext, part: Draft['part']) {
  const { answers, answerKept } = texts.configuration
  const choices = Object.entries(answers)
  const { answer = 'accepted' } = part ?? {}
  if (typeof answer === 'string') return { value: answer, choices }
  return { value: KEPT_ANSWER, choices: [[KEPT_ANSWER, answerKept] as const, ...choices] }
}

/** What saving would do: its faults, or what would change. */
export function draftReview(page: PageContext, draft: Draft, review: Review): Html {
  const text = page.texts.configuration
  if (!review.isRight) {
    const faults = review.faults.map(
      ({ pointer, place, message, remedy }) =>
        html`<li><code>${(pointer ?? place ?? '').replace(/^\/(options\/)?/, '')}</code> ${message}${remedy === '' ? '' : html`<br><small>${remedy}</small>`}</li>`,
    )
    return html`<p class="notice bad">${text.faults}</p><ul>${faults}</ul>`
  }
  const changes = changesOf(draft.part, review.after)
  const { backtest } = review
  return html`
    ${
      changes.length === 0
        ? html`<p>${text.noChange}</p>`
        : html`<p class="notice good">${text.looksRight}</p>${table(changes, changeColumns(page), { label: text.looksRight })}`
    }
    ${backtest === null ? '' : html`<p>${text.backtest(String(backtest.gained), String(backtest.lost), String(backtest.same))}</p>`}
    <button class="button primary" form="draft" name="step" value="save">${text.save}</button>`
}

interface Change {
  readonly option: string
  readonly before: unknown
  readonly after: unknown
}

/** Beside the options of a part: what the API adds to it. */
const NOT_SHOWN: ReadonlySet<string> = new Set([
  'origin',
  'version',
  'changedAt',
  'url',
  'dryRun',
  'fault',
  'warnings',
])

function changesOf(before: PartView | null, after: PartView | null): readonly Change[] {
  const [old, next] = [flat(before), flat(after)]
  return [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .filter((option) => !isDeepStrictEqual(old[option], next[option]))
    .map((option) => ({ option, before: old[option], after: next[option] }))
}

function flat(part: PartView | null): Readonly<Record<string, unknown>> {
  const { options = {}, ...others } = part ?? {}
  const own = Object.entries(others).filter(([name]) => !NOT_SHOWN.has(name))
  return { ...Object.fromEntries(own), ...(options as Record<string, unknown>) }
}

function changeColumns(page: PageContext): readonly Column<Change>[] {
  const text = page.texts.configuration
  return [
    { heading: text.where, cell: ({ option }) => html`<code>${option}</code>` },
    { heading: text.before, cell: ({ before }) => valueText(page, before) },
    { heading: text.after, kind: 'wide', cell: ({ after }) => valueText(page, after) },
  ]
}

function valueText({ texts }: PageContext, value: unknown): string {
  const text = texts.configuration
  if (value === undefined) return text.absent
  if (isRecord(value) && value['masked'] === true) return text.masked
  return typeof value === 'string' ? value : JSON.stringify(value)
}
