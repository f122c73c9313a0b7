import { html } from 'hono/html'
import type { PauseView } from '../../../api/pauses/views.ts'
import type { PauseTarget } from '../../../contracts/pause.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge } from '../../parts/badges.ts'
import { actionButton } from '../../parts/forms.ts'
import { type Column, table } from '../../parts/table.ts'
import { timeAgo } from '../../parts/text.ts'
import { type ConfigView, KINDS, type PartKindName, partPath, partsOf } from './parts.ts'

const PAUSE_KINDS = { sources: 'source', programs: 'program', rules: 'rule' } as const
const BREAKER = 'breaker'

/** The pause of a part; null if it is not paused. A rule that runs several programs has a pause for each. */
export function pauseOf(
  pauses: readonly PauseView[],
  kind: PartKindName,
  name: string,
): PauseView | null {
  const found = pauses.find((pause) => pause.kind === PAUSE_KINDS[kind] && pause.name === name)
  return found ?? null
}

export function stateOf({ texts }: PageContext, pause: PauseView | null): Html {
  const { configuration: text, common } = texts
  return pause === null ? badge('good', text.inForce) : badge('paused', common.states.paused)
}

/** The path of the API for a pause. */
export function pausePath({ kind, name }: PauseTarget): string {
  // The id of a rule may have slashes, which are sent as they are.
  return `/api/pauses/${kind}/${name.split('/').map(encodeURIComponent).join('/')}`
}

export function targetOf(kind: PartKindName, name: string): PauseTarget {
  return { kind: PAUSE_KINDS[kind], name }
}

/** Who paused it, since when and why. */
export function pauseText(page: PageContext, pause: PauseView): Html {
  const text = page.texts.configuration
  if (pause.state === 'resuming') return html`${text.resuming}`
  const who = pause.by === BREAKER ? text.broken : text.pausedSince(pause.by)
  const why = pause.reason === null ? '' : html`: ${reasonOf(pause)}`
  return html`${who}, ${timeAgo(page, pause.since)}${why}`
}

/** When an open breaker tries a task next, or which one it tries. Null if a person paused it. */
export function probeText(page: PageContext, { breaker }: PauseView): Html | null {
  if (breaker === null) return null
  const { probing, probeAt } = breaker
  if (probing === null) return timeAgo(page, probeAt)
  return html`${page.texts.configuration.probing} ${taskLink(probing)}`
}

/** All that is paused, also what is not in the list of parts: it was removed, or is one of several programs of a rule. */
export function pausesTable(
  page: PageContext,
  { config, pauses }: { readonly config: ConfigView; readonly pauses: readonly PauseView[] },
): Html | string {
  if (pauses.length === 0) return ''
  const text = page.texts.configuration
  const columns: readonly Column<PauseView>[] = [
    { heading: text.what, cell: (pause) => partLink(page, config, pause) },
    { heading: text.why, kind: 'wide', cell: (pause) => pauseText(page, pause) },
    { heading: text.nextProbe, cell: (pause) => probeText(page, pause) ?? '–' },
    ...(page.may('operator') ? [{ heading: '', cell: resumeOf(page) }] : []),
  ]
  const id = ({ kind, name }: PauseView) => `paused-${kind}-${name}`
  return html`<section id="paused"><h2>${text.paused}</h2>${table(pauses, columns, { label: text.paused, id })}</section>`
}

function resumeOf(page: PageContext): (pause: PauseView) => Html {
  const label = page.texts.configuration.resume
  return ({ kind, name }) =>
    actionButton(page, {
      ...{ action: '/configuration/resume', label, kind: 'small' },
      values: { kind, name },
    })
}

function partLink({ texts }: PageContext, config: ConfigView, { kind, name }: PauseView): Html {
  const plural = KINDS.find((one) => PAUSE_KINDS[one] === kind) ?? 'rules'
  const isThere = partsOf(config, plural).some((part) => part.name === name)
  const shown = isThere ? html`<a href="${partPath(plural, name)}">${name}</a>` : name
  return html`${texts.configuration.kinds[plural]} ${shown}`
}

/** The reason of a breaker names the last task that was dead. */
function reasonOf({ by, reason }: PauseView): Html {
  const words = (reason ?? '').split(/(\btsk_\w+)/)
  return html`${words.map((word, index) => (by === BREAKER && index % 2 === 1 ? taskLink(word) : word))}`
}

function taskLink(id: string): Html {
  return html`<a href="/tasks/${id}">${id}</a>`
}
