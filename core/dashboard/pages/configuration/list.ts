import { html } from 'hono/html'
import type { PauseView } from '../../../api/pauses/views.ts'
import type { Html, PageContext } from '../../page.ts'
import { type Column, emptyState, table } from '../../parts/table.ts'
import { copyable } from '../../parts/text.ts'
import {
  type ConfigView,
  KINDS,
  type PartKindName,
  type PartView,
  partPath,
  partsOf,
  stepPrograms,
} from './parts.ts'
import { pauseOf, pausesTable, stateOf } from './pauses.ts'

interface Listed {
  readonly config: ConfigView
  readonly pauses: readonly PauseView[]
}

/** All sources, programs and rules in force. */
export function configurationList(page: PageContext, listed: Listed): Html {
  const text = page.texts.configuration
  const { fault } = listed.config
  return html`<p class="intro">${text.intro}</p>
    ${fault === null ? '' : html`<section class="notice bad"><p>${text.fault}</p><pre tabindex="0">${fault}</pre></section>`}
    ${pausesTable(page, listed)}
    ${KINDS.map((kind) => section(page, kind, listed))}`
}

function section(page: PageContext, kind: PartKindName, listed: Listed): Html {
  const text = page.texts.configuration
  const parts = partsOf(listed.config, kind)
  const add =
    page.may('admin') && listed.config.managed[kind]
      ? html`<a class="button small" href="/configuration/${kind}/new">${text.newKinds[kind]}</a>`
      : page.may('admin')
        ? html`<span class="faint">${text.notManaged}</span>`
        : ''
  const label = text[kind]
  const list =
    parts.length === 0
      ? emptyState(
          text.emptyKinds[kind],
          text.emptyText,
          kind === 'sources' ? connectLink(page) : '',
        )
      : table(parts, columnsOf(page, kind, listed.pauses), {
          label,
          href: ({ name }) => partPath(kind, name),
          id: ({ name }) => `${kind}-${name}`,
        })
  const connect = kind === 'sources' && parts.length > 0 ? connectLink(page) : ''
  return html`<section id="${kind}"><div class="row spread heading"><h2>${label}</h2><div class="row">${connect}${add}</div></div>${list}</section>`
}

function connectLink({ texts }: PageContext): Html {
  return html`<a class="button small primary" href="/connect">${texts.connect.title}</a>`
}

function columnsOf(
  page: PageContext,
  kind: PartKindName,
  pauses: readonly PauseView[],
): readonly Column<PartView>[] {
  const text = page.texts.configuration
  const first: Column<PartView> = { heading: text.kinds[kind], cell: ({ name }) => name }
  const last: readonly Column<PartView>[] = [
    { heading: text.origin, cell: (part) => originText(page, part) },
    { heading: text.state, cell: ({ name }) => stateOf(page, pauseOf(pauses, kind, name)) },
  ]
  if (kind === 'sources') {
    return [
      first,
      { heading: text.plugin, cell: ({ use = '' }) => use },
      { heading: text.url, kind: 'wide', cell: ({ url = '' }) => copyable(page, url) },
      ...last,
    ]
  }
  if (kind === 'programs') {
    return [
      { ...first, kind: 'wide' },
      { heading: text.plugin, cell: ({ use = '' }) => use },
      ...last,
    ]
  }
  return [
    first,
    { heading: text.on, cell: ({ on = '' }) => html`<code>${on}</code>` },
    {
      ...{ heading: text.when, kind: 'wide' },
      cell: ({ when }) => (when === undefined ? text.always : html`<code>${when}</code>`),
    },
    {
      heading: text.run,
      cell: (part) => [[part.run ?? ''].flat().join(', '), ...stepPrograms(part)].join(' → '),
    },
    ...last,
  ]
}

export function originText({ texts }: PageContext, { origin }: PartView): string {
  const text = texts.configuration
  return origin.file === null ? text.managed : text.inFile(origin.file)
}
