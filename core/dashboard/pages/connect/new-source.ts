import { html } from 'hono/html'
import { webhookPath } from '../../../settings/webhook-path.ts'
import { layout } from '../../layout.ts'
import type { Html, PageContext } from '../../page.ts'
import { choiceField, csrfField } from '../../parts/forms.ts'
import { codeBlock, withCode } from '../../parts/text.ts'
import { partsOf } from '../configuration/parts.ts'
import { configFileOf } from './config-lines.ts'
import {
  type ConnectConfig,
  canConnect,
  formPath,
  isLocalAddress,
  type SenderKind,
} from './load.ts'

const ADDRESS = 'address'

export type ConnectForm = Readonly<Record<string, string | undefined>>

/** A fault of the form. */
export interface FormFault {
  /** Name of the field; null: of the form as a whole. */
  readonly field: string | null
  readonly message: string
}

interface Shown {
  readonly sender: SenderKind
  readonly config: ConnectConfig
  readonly form: ConnectForm
  readonly faults: readonly FormFault[]
}

/** The name of the field of an option. */
export function optionField(option: string): string {
  return `option.${option}`
}

/** `/connect/new/PLUGIN`: the form for a source, beside what to do at its sender. */
export function newSourcePage(page: PageContext, shown: Shown): Html {
  const text = page.texts.connect
  const { sender, config, form } = shown
  const name = form['name'] || freeName(sender.name, config)
  const here = canConnect(page, config)
    ? sourceForm(page, shown, name)
    : fileCard(page, shown, name)
  const isIssued = sender.needs.some(({ generated }) => !generated)
  const later = html`<p class="faint">${isIssued ? text.issuedLater : text.generatedLater}</p>`
  const there = senderCard(page, sender, addressOf(config, name), later)
  return layout(page, {
    title: text.connectKind(sender.title),
    section: 'configuration',
    above: html`<a href="/connect">${text.title}</a>`,
    body: html`<p class="intro">${withCode(sender.summary)}</p>
      <div class="columns numbered">${isIssued ? [there, here] : [here, there]}</div>`,
  })
}

function sourceForm(
  page: PageContext,
  { sender, config, form, faults }: Shown,
  name: string,
): Html {
  const text = page.texts.connect
  const path = formPath(sender)
  const whole = faults.filter(({ field }) => field === null)
  return html`<form method="post" action="${path}" class="card stack">
    <h2>${text.here}</h2>
    ${csrfField(page)}
    ${whole.map(({ message }) => html`<p class="notice bad" role="alert">${message}</p>`)}
    <label class="field"><span>${text.name}</span>
      <input type="text" name="name" value="${name}" autocomplete="off" spellcheck="false"
        hx-get="${path}" hx-trigger="input changed delay:300ms" hx-target="#${ADDRESS}" hx-select="#${ADDRESS}" hx-swap="outerMorph">
      <small>${text.nameHint}</small>${faultOf(faults, 'name')}
    </label>
    ${sender.needs.map((need) => optionInput(page, need, { form, faults }))}
    ${ruleFields(page, { sender, config, form, faults })}
    <button class="button primary">${text.connect}</button>
  </form>`
}

function optionInput(
  page: PageContext,
  { name, description, secret, generated }: SenderKind['needs'][number],
  { form, faults }: Pick<Shown, 'form' | 'faults'>,
): Html {
  const text = page.texts.connect
  const field = optionField(name)
  const input = secret
    ? html`<input type="password" name="${field}" placeholder="${generated ? text.generated : ''}" autocomplete="new-password"${generated ? '' : html` required`}>`
    : html`<input type="text" name="${field}" value="${form[field] ?? ''}" autocomplete="off" spellcheck="false" required>`
  return html`<label class="field"><span>${name}</span>${input}
    <small>${withCode(description)} ${generated ? text.generatedHint : text.issuedHint}</small>${faultOf(faults, field)}
  </label>`
}

function ruleFields(page: PageContext, { sender, config, form, faults }: Shown): Html | '' {
  const text = page.texts.connect
  const programs = partsOf(config, 'programs').map(({ name }) => name)
  if (programs.length === 0 || !config.managed.rules) return ''
  const choices = [['', text.noProgram], ...programs.map((name) => [name, name])] as const
  return html`${choiceField({
    name: 'program',
    label: text.program,
    hint: text.programHint,
    value: form['program'] ?? (programs.length === 1 ? programs[0] : ''),
    choices: choices.map(([value = '', label = '']) => [value, label] as const),
  })}
    <label class="field"><span>${text.type}</span>
      <input type="text" name="type" value="${form['type'] ?? ''}" list="types" placeholder="${text.allTypes}" autocomplete="off" spellcheck="false">
      <datalist id="types">${sender.events.map((type) => html`<option value="${type}">`)}</datalist>
      <small>${text.typeHint}</small>${faultOf(faults, 'type')}
    </label>`
}

/** For those who cannot connect a source here. */
function fileCard(page: PageContext, { sender, config }: Shown, name: string): Html {
  const text = page.texts.connect
  const program = partsOf(config, 'programs').find(({ origin }) => origin.file !== null)?.name
  const file = configFileOf(sender, name, program ?? null)
  return html`<section class="card">
    <h2>${text.inFile}</h2>
    <p>${page.may('admin') ? text.managedOff : text.notAdmin}</p>
    <p>${text.fileHint(file.name)}</p>
    ${codeBlock(page, file.text, file.name)}
    ${file.variables.length === 0 ? html`<p class="faint">${text.fileSecret}</p>` : html`<p class="faint">${text.fileVariables(file.variables.join(', '))}</p>`}
    <p><a class="button" href="/connect/${encodeURIComponent(name)}">${text.fileDone}</a></p>
  </section>`
}

/** What is to be done at the sender. `more` stands below the address. */
export function senderCard(
  page: PageContext,
  { title, setup, documentation }: Pick<SenderKind, 'title' | 'setup' | 'documentation'>,
  url: string,
  more: Html,
): Html {
  const text = page.texts.connect
  return html`<section class="card stack">
    <h2>${text.atSender}</h2>
    ${setup === null ? '' : html`<p lang="en">${withCode(setup)}</p>`}
    <div id="${ADDRESS}"><h3>${text.address}</h3>${codeBlock(page, url, text.address)}
    ${isLocalAddress(url) ? html`<p class="notice">${text.localAddress}</p>` : ''}</div>
    ${more}
    ${documentation === null ? '' : html`<p><a href="${documentation}" rel="noreferrer noopener" target="_blank">${text.documentation(title)}</a></p>`}
  </section>`
}

function faultOf(faults: readonly FormFault[], field: string): Html | '' {
  const found = faults.filter((fault) => fault.field === field)
  if (found.length === 0) return ''
  return html`<small class="fault" role="alert">${found.map(({ message }) => message).join('; ')}</small>`
}

function addressOf({ publicUrl }: ConnectConfig, name: string): string {
  return publicUrl + webhookPath(name)
}

/** The name of the plugin, or the first with a number that no source has. */
function freeName(plugin: string, config: ConnectConfig): string {
  const taken = new Set(partsOf(config, 'sources').map(({ name }) => name))
  let name = plugin
  for (let number = 2; taken.has(name); number++) name = `${plugin}-${number}`
  return name
}
