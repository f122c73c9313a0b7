import { html } from 'hono/html'
import type { Html, PageContext } from '../page.ts'
import type { SchemaField } from './fields.ts'
import { fieldText, inputName } from './read.ts'

export interface DrawnForm {
  readonly fields: readonly SchemaField[]
  /** The options that are set, with secrets masked. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Optional fields that are shown at once. The others are folded in. */
const SHOWN_OPTIONAL = 3

/** Fields for all options. Those that are neither required nor set, beyond the first few, are folded in. */
export function drawFields(page: PageContext, { fields, options }: DrawnForm): Html {
  const text = page.texts.schemaForm
  const isFirst = new Set(
    fields
      .filter(({ isRequired, kind }) => !isRequired && kind !== 'json')
      .slice(0, SHOWN_OPTIONAL),
  )
  const isShown = (field: SchemaField) =>
    field.isRequired || options[field.name] !== undefined || isFirst.has(field)
  const [shown, folded] = [fields.filter(isShown), fields.filter((field) => !isShown(field))]
  const draw = (field: SchemaField) => drawField(page, field, options[field.name])
  return html`<div class="stack">${shown.map(draw)}</div>
    ${
      folded.length === 0
        ? ''
        : html`<details><summary>${text.more(String(folded.length))}</summary><div class="stack">${folded.map(draw)}</div></details>`
    }`
}

function drawField(page: PageContext, field: SchemaField, value: unknown): Html {
  const text = page.texts.schemaForm
  const { name, description, isRequired } = field
  const standard = field.default === undefined ? '' : JSON.stringify(field.default)
  const hints = [
    description ?? '',
    standard === '' || standard === '{}' || standard === '[]' ? '' : text.standard(standard),
    field.kind === 'secret' && value !== undefined ? text.secretKept : '',
    field.kind === 'lines' ? text.lines : '',
    field.kind === 'json' ? text.json : '',
  ].filter((hint) => hint !== '')
  return html`<label class="field"><span><code>${name}</code>${isRequired ? html` <em>${text.required}</em>` : ''}</span>
    ${control(page, field, value)}
    ${hints.length === 0 ? '' : html`<small>${hints.join(' ')}</small>`}
  </label>`
}

function control(page: PageContext, field: SchemaField, value: unknown): Html {
  const text = page.texts.schemaForm
  const name = inputName(field.name)
  const shown = fieldText(field, value)
  // No browser may offer to keep a secret of a sender, and an empty field stands for the one that is set.
  if (field.kind === 'secret' && !shown.startsWith('{')) {
    const placeholder = value === undefined ? '' : text.set
    return html`<input type="password" name="${name}" placeholder="${placeholder}" autocomplete="new-password">`
  }
  if (field.kind === 'lines' || field.kind === 'json') {
    const rows = Math.min(12, Math.max(2, shown.split('\n').length))
    return html`<textarea name="${name}" rows="${rows}" spellcheck="false">${shown}</textarea>`
  }
  if (field.kind === 'choice' || field.kind === 'boolean') {
    const choices = field.kind === 'boolean' ? ['true', 'false'] : field.choices
    return html`<select name="${name}"><option value="">${text.unset}</option>${choices.map(
      (one) => html`<option${one === shown ? html` selected` : ''}>${one}</option>`,
    )}</select>`
  }
  const mode = field.kind === 'number' ? 'decimal' : 'text'
  return html`<input type="text" name="${name}" value="${shown}" inputmode="${mode}" autocomplete="off" spellcheck="false">`
}
