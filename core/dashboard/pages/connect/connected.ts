import { html } from 'hono/html'
import type { ListedDeliveryView } from '../../../api/deliveries/views.ts'
import type { TestAnswer } from '../../../api/sources/test-delivery.ts'
import type { SourceDetailView } from '../../../api/sources/views.ts'
import { layout } from '../../layout.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge, outcomeBadge, stateBadge } from '../../parts/badges.ts'
import { csrfField } from '../../parts/forms.ts'
import { live } from '../../parts/live.ts'
import { type Column, emptyState, table } from '../../parts/table.ts'
import { codeBlock, timeAgo, timeAt } from '../../parts/text.ts'
import { partPath } from '../configuration/parts.ts'
import { type ConnectConfig, loadConfig } from './load.ts'
import { missedPart } from './missed.ts'
import { senderCard } from './new-source.ts'
import { registrationsPart } from './registrations.ts'

const SHOWN = 5

/** What became of a test delivery; a text: why there is none. */
export type Tested = TestAnswer | string

interface Shown {
  readonly source: SourceDetailView
  /** Secrets that were generated just now, by the options that have them. */
  readonly generated?: Readonly<Record<string, string>>
  /** Shown above the page. */
  readonly notices?: readonly { readonly text: string; readonly isError: boolean }[]
  readonly tested?: Tested
}

/** `/connect/NAME`: where the sender delivers, a test, and what has arrived. */
export async function connectedPage(page: PageContext, shown: Shown): Promise<Html> {
  const text = page.texts.connect
  const { source, generated = {}, notices = [] } = shown
  const { name, plugin, url } = source
  const secrets = Object.entries(generated).map(
    ([option, secret]) =>
      html`<div><h3>${option}</h3>${codeBlock(page, secret, option)}<p class="notice">${text.secretOnce}</p></div>`,
  )
  const more = html`${secrets.length > 0 ? secrets : html`<p class="faint">${text.secretElsewhere}</p>`}`
  const [arrivals, config, registrations, missed] = await Promise.all([
    loadArrivals(page, name),
    loadConfig(page),
    registrationsPart(page, name),
    missedPart(page, name),
  ])
  return layout(page, {
    title: name,
    section: 'configuration',
    above: html`<a href="/connect">${text.title}</a>`,
    beside: html`${source.unverified ? badge('bad', text.unverified) : ''}<a class="button small" href="/configuration/sources/${encodeURIComponent(name)}">${page.texts.common.configuration}</a>`,
    body: html`${notices.map((notice) => html`<p class="notice ${notice.isError ? 'bad' : 'good'}" role="status">${notice.text}</p>`)}
      <div class="numbered">
        ${
          url === null
            ? nextCard(page, source)
            : html`<div class="columns">
          ${senderCard(page, { ...source, title: source.sender ?? plugin ?? name }, url, more)}
          ${testCard(page, shown)}
        </div>`
        }
        <section>
          <h2>${text.arrivals}</h2>
          ${live(page, 'arrivals', ['delivery', 'task'], arrivalList(page, arrivals), `/connect/${encodeURIComponent(name)}`)}
        </section>
        ${registrations}
        ${missed}
        ${runCard(page, source, config)}
      </div>`,
  })
}

/** Of a source without a sender. */
function nextCard(page: PageContext, { setup, next }: SourceDetailView): Html {
  return html`<section class="card stack">
    <h2>${page.texts.connect.next}</h2>
    <p>${next === null ? '–' : timeAt(page, next)}</p>
    ${setup === null ? '' : html`<p class="faint" lang="en">${setup}</p>`}
  </section>`
}

function testCard(page: PageContext, { source, tested }: Shown): Html {
  const text = page.texts.connect
  const { name, signs, events } = source
  const types = events.map(({ type }) => type).filter((type) => type !== '*')
  const path = `/connect/${encodeURIComponent(name)}`
  const form = html`<form method="post" action="${path}" class="stack" hx-post="${path}" hx-target="#tested" hx-select="#tested" hx-swap="outerMorph">
    ${csrfField(page)}
    ${
      types.length === 0
        ? ''
        : html`<label class="field"><span>${text.testType}</span>
      <select name="event"><option value="">${text.typeOfRule}</option>${types.map((type) => html`<option value="${type}">${type}</option>`)}</select></label>`
    }
    <button class="button primary">${text.sendTest}</button>
  </form>`
  const isAble = signs && page.may('operator')
  return html`<section class="card stack">
    <h2>${text.test}</h2>
    <p>${signs ? (isAble ? text.testHint : text.testNotAllowed) : text.cannotSign}</p>
    ${isAble ? form : ''}
    <div id="tested" aria-live="polite">${tested === undefined ? '' : testedPart(page, tested)}</div>
  </section>`
}

/** What runs when something arrives, and how to make more of it. */
function runCard(
  page: PageContext,
  { name, rules }: SourceDetailView,
  { managed }: ConnectConfig,
): Html {
  const text = page.texts.connect
  const isAdmin = page.may('admin')
  const make = (kind: 'programs' | 'rules', label: string, search = '') =>
    isAdmin && managed[kind]
      ? html`<a class="button" href="/configuration/${kind}/new${search}">${label}</a>`
      : ''
  const links = rules.map(
    (rule) => html`<li><a class="chip" href="${partPath('rules', rule)}">${rule}</a></li>`,
  )
  return html`<section class="card stack">
    <h2>${text.runs}</h2>
    ${
      rules.length === 0
        ? html`<p>${text.noRule}</p>`
        : html`<p>${text.runsHint}</p><ul class="chips">${links}</ul>`
    }
    <div class="row">
      ${make('programs', text.addProgram)}
      ${make('rules', text.addRule, `?on=${encodeURIComponent(name)}`)}
      <a class="button" href="/configuration">${page.texts.common.configuration}</a>
    </div>
  </section>`
}

function testedPart(page: PageContext, tested: Tested): Html {
  const text = page.texts.connect
  if (typeof tested === 'string') return html`<p class="notice bad">${tested}</p>`
  const { outcome, delivery, tasks, reason } = tested
  if (outcome === 'answered' || delivery === null)
    return html`<p class="notice">${text.answered}</p>`
  const link = html`<a href="/deliveries/${delivery}">${text.seeDelivery}</a>`
  const what = outcome === 'refused' ? (reason ?? text.refused) : text.ran(tasks.length)
  return html`<p class="row">${outcomeBadge(page, outcome)} ${what} ${link}</p>`
}

async function loadArrivals(
  { api }: PageContext,
  source: string,
): Promise<readonly ListedDeliveryView[]> {
  const query = { source, limit: SHOWN }
  const list = await api.get<{ deliveries: readonly ListedDeliveryView[] }>(
    '/api/deliveries',
    query,
  )
  return list.deliveries
}

function arrivalList(page: PageContext, arrivals: readonly ListedDeliveryView[]): Html {
  const text = page.texts.connect
  if (arrivals.length === 0) return emptyState(text.nothingYet, text.nothingYetText)
  return table(arrivals, columnsOf(page), {
    label: text.arrivals,
    href: ({ id }) => `/deliveries/${id}`,
    id: ({ id }) => id,
  })
}

function columnsOf(page: PageContext): readonly Column<ListedDeliveryView>[] {
  const text = page.texts.connect
  return [
    { heading: text.when, kind: 'time', cell: ({ receivedAt }) => timeAgo(page, receivedAt) },
    {
      heading: text.outcome,
      kind: 'state',
      cell: ({ outcome, recovered }) => outcomeBadge(page, outcome, recovered),
    },
    {
      ...{ heading: text.type, kind: 'wide' },
      cell: ({ events, reason }) => reason ?? events.map(({ type }) => type).join(', '),
    },
    {
      heading: text.tasks,
      cell: ({ tasks }) =>
        html`<span>${tasks.map(({ id, program, state }) => html`<a href="/tasks/${id}">${program}</a> ${stateBadge(page, state)} `)}</span>`,
    },
  ]
}
