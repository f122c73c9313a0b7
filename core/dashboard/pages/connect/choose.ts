import { html } from 'hono/html'
import { layout } from '../../layout.ts'
import type { Html, PageContext } from '../../page.ts'
import { emptyState } from '../../parts/table.ts'
import { withCode } from '../../parts/text.ts'
import { partsOf } from '../configuration/parts.ts'
import { type ConnectConfig, formPath, loadConfig, loadSenders, type SenderKind } from './load.ts'

/** What most people begin with. */
const FIRST = [
  'github',
  'gitlab',
  'stripe',
  'shopify',
  'slack',
  'jira',
  'standardwebhooks',
  'custom',
]
const CHOICES = 'choices'

/** `/connect`: the sources in force, and all kinds of sources, or those that a search finds. */
export async function choicePage(page: PageContext): Promise<Html> {
  const text = page.texts.connect
  const asked = page.context.req.query('q')?.trim() ?? ''
  const [senders, config] = await Promise.all([loadSenders(page), loadConfig(page)])
  return layout(page, {
    title: text.title,
    section: 'configuration',
    body: html`<p class="intro">${text.intro}</p>
      ${existing(page, config)}
      <form class="filters" action="/connect" role="search" aria-label="${text.search}">
        <input type="search" name="q" value="${asked}" placeholder="${text.search}" aria-label="${text.search}" data-search
          hx-get="/connect" hx-trigger="input changed delay:200ms" hx-target="#${CHOICES}" hx-select="#${CHOICES}" hx-swap="outerMorph">
        <button class="button">${page.texts.common.search}</button>
      </form>
      <div id="${CHOICES}" aria-live="polite">${choices(page, senders, asked)}</div>`,
  })
}

function existing({ texts }: PageContext, config: ConnectConfig): Html | '' {
  const sources = partsOf(config, 'sources')
  if (sources.length === 0) return ''
  const links = sources.map(
    ({ name, use = '' }) =>
      html`<li><a class="chip" href="/connect/${encodeURIComponent(name)}">${name}${use === name ? '' : html` <span class="faint">${use}</span>`}</a></li>`,
  )
  return html`<h2>${texts.connect.existing}</h2><ul class="chips">${links}</ul>`
}

function choices(page: PageContext, senders: readonly SenderKind[], asked: string): Html {
  const text = page.texts.connect
  if (asked === '') {
    const first = FIRST.flatMap((wanted) => senders.filter(({ name }) => name === wanted))
    const others = senders
      .filter((sender) => !first.includes(sender))
      .toSorted((one, other) => one.name.localeCompare(other.name))
    return html`<h2>${text.often}</h2>${list(first)}<h2>${text.others}</h2>${list(others)}`
  }
  const wanted = asked.toLowerCase()
  const found = senders.filter(({ name, summary }) => {
    return name.includes(wanted) || summary.toLowerCase().includes(wanted)
  })
  if (found.length > 0) return list(found)
  const other = html`<a class="button" href="/connect/new/custom">${text.useCustom}</a>`
  return emptyState(text.noneFound, text.noneFoundText, other)
}

function list(senders: readonly SenderKind[]): Html {
  return html`<ul class="figures choices">${senders.map(
    ({
      name,
      summary,
      ...sender
    }) => html`<li><a class="figure" href="${formPath(sender)}" data-row>
      <strong class="long">${name}</strong><span class="faint">${withCode(summary)}</span></a></li>`,
  )}</ul>`
}
