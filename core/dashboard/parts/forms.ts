import { html } from 'hono/html'
import type { Html, PageContext } from '../page.ts'

export interface ActionOptions {
  /** The path that the form posts to. */
  readonly action: string
  readonly label: string
  /** More than the label says, as a hint. */
  readonly title?: string
  /** Asked once before it is done, for what cannot be undone. */
  readonly confirm?: string
  readonly kind?: 'primary' | 'danger' | 'small'
  /** Values that are sent along. */
  readonly values?: Readonly<Record<string, string>>
}

/** A button that changes something, in a form of its own. Render it only if the caller's role lets them do it. */
export function actionButton(page: PageContext, options: ActionOptions): Html {
  const { action, label, title, confirm, kind, values = {} } = options
  const hidden = Object.entries(values).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  const asks = confirm === undefined ? '' : html` data-confirm="${confirm}"`
  const hint = title === undefined ? '' : html` title="${title}"`
  return html`<form method="post" action="${action}" class="action"${asks}>
    ${csrfField(page)}${hidden}
    <button class="button ${kind ?? ''}"${hint}>${label}</button>
  </form>`
}

/** Every form that posts needs this field. */
export function csrfField({ caller }: PageContext): Html {
  return html`<input type="hidden" name="csrf" value="${caller.csrf ?? ''}">`
}

export interface FieldOptions {
  readonly name: string
  readonly label: string
  readonly value?: string | undefined
  readonly hint?: string
  readonly placeholder?: string
}

export function textField(
  options: FieldOptions & { readonly type?: 'text' | 'search' | 'password' },
): Html {
  const { name, label, value = '', hint, placeholder = '', type = 'text' } = options
  return html`<label class="field"><span>${label}</span>
    <input type="${type}" name="${name}" value="${value}" placeholder="${placeholder}" autocomplete="off" spellcheck="false">
    ${hint === undefined ? '' : html`<small>${hint}</small>`}
  </label>`
}

export function choiceField(
  options: FieldOptions & {
    readonly choices: readonly (readonly [value: string, label: string])[]
  },
): Html {
  const { name, label, value = '', hint, choices } = options
  const items = choices.map(
    ([one, text]) =>
      html`<option value="${one}"${one === value ? html` selected` : ''}>${text}</option>`,
  )
  return html`<label class="field"><span>${label}</span><select name="${name}">${items}</select>
    ${hint === undefined ? '' : html`<small>${hint}</small>`}
  </label>`
}
