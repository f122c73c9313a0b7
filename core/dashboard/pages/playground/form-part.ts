import { html } from 'hono/html'
import type { ListedDeliveryView } from '../../../api/deliveries/views.ts'
import type { Html, PageContext } from '../../page.ts'
import { choiceField, csrfField, textField } from '../../parts/forms.ts'
import { shortFactsText } from '../../parts/short-facts.ts'
import { type BacktestResult, backtestPart } from './backtest-part.ts'
import type { Offers } from './load.ts'
import type { TrialForm } from './trial-form.ts'

interface Around {
  readonly offers: Offers
  readonly backtest: BacktestResult
  /** Stands beside the form, or below the condition. */
  readonly result: Html
}

/** The form: an event, a condition and templates. It is sent as it is typed; without the script, by its button. */
export function trialForm(
  page: PageContext,
  form: TrialForm,
  { offers, backtest, result }: Around,
): Html {
  const text = page.texts.playground
  return html`<form id="trial" class="trial" method="post" action="/playground" hx-post="/playground" hx-trigger="load, input delay:400ms" hx-target="#result" hx-select="#result" hx-swap="outerMorph" hx-sync="this:replace">
    ${csrfField(page)}
    <section class="card stack"><h2>${text.condition}</h2>
      <label class="field"><span>${text.when}</span>
        <textarea name="when" rows="4" spellcheck="false" autocapitalize="off" autocomplete="off" data-insert-into autofocus>${form.when}</textarea>
      </label>
      ${textField({ name: 'on', label: text.on, value: form.on, hint: text.onHint, placeholder: 'github.push' })}
      <details${form.templates === '' ? '' : html` open`}><summary>${text.templates}</summary>
        <label class="field"><span class="hidden-text">${text.templates}</span>
          <textarea name="templates" rows="3" spellcheck="false" placeholder="deploy {branch}&#10;= size(payload.commits)">${form.templates}</textarea>
          <small>${text.templatesHint}</small>
        </label>
      </details>
      <p class="buttons"><button class="button primary">${text.evaluate}</button>
        ${page.may('admin') ? html`<button class="button" formaction="/playground/rule">${text.makeRule}</button>` : ''}</p>
    </section>
    ${result}
    <section class="card stack"><h2>${text.event}</h2>${eventPart(page, form, offers)}</section>
    <section class="card stack"><h2>${text.backtest}</h2>${backtestFields(page, form, offers)}${backtestPart(page, backtest)}</section>
  </form>`
}

function eventPart(page: PageContext, form: TrialForm, { sources, recent }: Offers): Html {
  const text = page.texts.playground
  const listed = recent.map(({ id }) => id)
  const other = form.stored === '' || listed.includes(form.stored) ? [] : [form.stored]
  return html`${choiceField({
    name: 'stored',
    label: text.stored,
    value: form.stored,
    choices: [
      ...other.map((id) => [id, id] as const),
      ...recent.map((delivery) => [delivery.id, labelOf(page, delivery)] as const),
      ['', text.written],
    ],
  })}
    <div class="written stack">
      <div class="fields">
        ${choiceField({ name: 'source', label: text.source, value: form.source, choices: [['', text.anySource], ...sources.map(({ name }) => [name, name] as const)] })}
        ${textField({ name: 'type', label: text.type, value: form.type, placeholder: 'push' })}
      </div>
      ${jsonField('facts', text.facts, form.facts)}${jsonField('payload', text.payload, form.payload)}
    </div>
    <p class="stored-only"><button class="button small" formaction="/playground/write-out">${text.writeOut}</button></p>`
}

function labelOf(
  { texts }: PageContext,
  { source, receivedAt, events }: ListedDeliveryView,
): string {
  const time = new Date(receivedAt).toLocaleString(texts.common.htmlLanguage, { timeZone: 'UTC' })
  const [first] = events
  if (first === undefined) return `${source} · ${time} UTC`
  return `${source}.${first.type} · ${shortFactsText(first.facts)} · ${time} UTC`
}

function jsonField(name: 'facts' | 'payload', label: string, value: string): Html {
  return html`<label class="field"><span>${label}</span>
    <textarea name="${name}" rows="6" spellcheck="false" placeholder="{}">${value}</textarea>
  </label>`
}

function backtestFields(page: PageContext, form: TrialForm, { rules }: Offers): Html {
  const text = page.texts.playground
  const choices = rules.map(({ name }) => [name, name] as const)
  return html`<p class="faint">${text.backtestIntro}</p>
    <div class="fields">
      ${choiceField({ name: 'rule', label: text.rule, value: form.rule, choices: [['', text.noRule], ...choices] })}
      <label class="field"><span>${text.last}</span><input type="number" name="last" value="${form.last}" min="1" max="1000" required></label>
    </div>
    <p class="buttons">
      <button class="button" formaction="/playground/backtest" hx-post="/playground/backtest" hx-target="#backtest" hx-select="#backtest" hx-swap="outerMorph" hx-disable="this">${text.runBacktest}</button>
      <button class="button" formaction="/playground/load">${text.loadRule}</button>
    </p>`
}
