import { html } from 'hono/html'
import { toSearch } from '../../../api/api-calls.ts'
import type { PauseView } from '../../../api/pauses/views.ts'
import type { ProgramView } from '../../../api/programs/views.ts'
import type { AuditEntry } from '../../../contracts/document.ts'
import type { Html, PageContext } from '../../page.ts'
import { actionButton, csrfField } from '../../parts/forms.ts'
import { type Column, facts, table } from '../../parts/table.ts'
import { codeBlock, copyable, prettyJson, timeAgo } from '../../parts/text.ts'
import { originText } from './list.ts'
import { type PartKindName, type PartView, partPath, stepPrograms } from './parts.ts'
import { pauseText, probeText, stateOf } from './pauses.ts'

export interface PartShown {
  readonly kind: PartKindName
  readonly part: PartView
  readonly pause: PauseView | null
  /** Null for those who may not see the audit log. */
  readonly history: readonly AuditEntry[] | null
  /** Of a program. */
  readonly program: ProgramView | null
}

/** One source, program or rule. */
export function partDetail(page: PageContext, shown: PartShown): Html {
  const { part, program, history } = shown
  const text = page.texts.configuration
  const about = html`<section class="card stack">${factsOf(page, shown)}${links(page, shown)}</section>`
  const options = (given: object) =>
    html`<section class="card"><h2>${text.options}</h2>${codeBlock(page, prettyJson(given), text.options)}</section>`
  return html`${part.options === undefined ? about : html`<div class="columns">${about}${options(part.options)}</div>`}
    ${program !== null && page.may('operator') ? runForm(page, program) : ''}
    ${history === null ? '' : historyOf(page, history)}`
}

function factsOf(page: PageContext, { part, pause }: PartShown): Html {
  const text = page.texts.configuration
  const { use = null, url, on = null, when, run, answer } = part
  return facts([
    [text.state, html`${stateOf(page, pause)} ${pause === null ? '' : pauseText(page, pause)}`],
    [text.nextProbe, pause === null ? null : probeText(page, pause)],
    [text.plugin, use],
    [text.url, url === undefined ? null : copyable(page, url)],
    [text.on, on === null ? null : html`<code>${on}</code>`],
    [text.when, on === null ? null : when === undefined ? text.always : html`<code>${when}</code>`],
    [text.run, run === undefined ? null : programLinks(run)],
    [text.approval, part.approval === undefined ? null : prettyJson(part.approval)],
    [text.then, part.then === undefined ? null : programLinks(stepPrograms(part))],
    [
      text.answer,
      typeof answer === 'string'
        ? (text.answers[answer as 'accepted'] ?? answer)
        : answer === undefined
          ? null
          : prettyJson(answer),
    ],
    [text.origin, originText(page, part)],
  ])
}

function programLinks(run: string | readonly string[]): Html {
  return html`${[run].flat().map((name) => html`<a href="${partPath('programs', name)}">${name}</a> `)}`
}

const FILTER_NAMES = { sources: 'source', programs: 'program', rules: 'rule' } as const

function links(page: PageContext, { kind, part }: PartShown): Html {
  const text = page.texts.configuration
  const search = toSearch({ [FILTER_NAMES[kind]]: part.name })
  return html`<p class="row">
    <a class="button small" href="/tasks${search}">${text.tasksOf}</a>
    ${kind === 'programs' ? '' : html`<a class="button small" href="/deliveries${search}">${text.deliveriesOf}</a>`}
    ${kind === 'rules' ? html`<a class="button small" href="/playground${toSearch({ condition: part.when ?? '', on: part.on ?? '' })}">${text.playground}</a>` : ''}
  </p>`
}

/** What the caller may do with the part, beside its heading. */
export function partActions(page: PageContext, { kind, part, pause }: PartShown): Html {
  const text = page.texts.configuration
  const { name } = part
  const isManaged = part.version !== null
  const pauseOrResume =
    pause === null
      ? actionButton(page, {
          action: partPath(kind, name, '/pause'),
          label: text.pause,
          confirm: text.pauseConfirm(name),
        })
      : actionButton(page, {
          action: partPath(kind, name, '/resume'),
          label: text.resume,
          kind: 'primary',
        })
  return html`<div class="row">
    ${page.may('operator') ? pauseOrResume : ''}
    ${isManaged && page.may('admin') ? html`<a class="button" href="${partPath(kind, name, '/edit')}">${text.edit}</a>` : ''}
    ${
      isManaged && page.may('admin')
        ? actionButton(page, {
            action: partPath(kind, name, '/delete'),
            label: text.remove,
            confirm: text.removeConfirm(name),
            kind: 'danger',
            values: { version: String(part.version) },
          })
        : ''
    }
  </div>`
}

function runForm(page: PageContext, { name, params }: ProgramView): Html {
  const text = page.texts.configuration
  const fields = params.map(
    (param) => html`<label class="field"><span><code>${param.name}</code></span>
      <input type="text" name="param.${param.name}" value="${param.default ?? ''}" autocomplete="off">
      ${param.description === null ? '' : html`<small>${param.description}</small>`}
    </label>`,
  )
  return html`<details class="card">
    <summary>${text.runNow}</summary>
    <form method="post" action="${partPath('programs', name, '/run')}" class="stack">
      ${csrfField(page)}
      <p>${text.runNowHint}</p>
      <div class="filters">${fields}</div>
      <label class="field"><span>${text.eventType}</span><input type="text" name="type" value="run" autocomplete="off"></label>
      <label class="field"><span>${text.payload}</span><textarea name="payload" rows="4" spellcheck="false">{}</textarea></label>
      <button class="button primary">${text.runNow}</button>
    </form>
  </details>`
}

function historyOf(page: PageContext, history: readonly AuditEntry[]): Html {
  const text = page.texts.configuration
  const columns: readonly Column<AuditEntry>[] = [
    { heading: text.changed, cell: ({ at }) => timeAgo(page, new Date(at).toISOString()) },
    { heading: text.who, cell: ({ actor }) => actor },
    { heading: text.what, cell: ({ action }) => html`<code>${action}</code>` },
    {
      heading: text.options,
      kind: 'wide',
      cell: ({ detail }) => html`<pre tabindex="0">${pretty(detail)}</pre>`,
    },
  ]
  const list =
    history.length === 0
      ? html`<p class="faint">${text.noHistory}</p>`
      : table(history.toReversed(), columns, { label: text.history })
  return html`<section><h2>${text.history}</h2>${list}</section>`
}

function pretty(detail: string): string {
  return prettyJson(JSON.parse(detail))
}
