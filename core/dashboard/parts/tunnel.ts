import { html } from 'hono/html'
import type { TunnelView } from '../../api/tunnel/routes.ts'
import type { Html, PageContext } from '../page.ts'
import { badge, type Tone } from './badges.ts'
import { facts } from './table.ts'
import { copyable, number, timeAgo } from './text.ts'

const TONES: Readonly<Record<TunnelView['state'], Tone>> = {
  starting: 'busy',
  up: 'good',
  down: 'bad',
  external: 'quiet',
}

/** The tunnel of this node with its state and its URL; why it is down, and what to do. */
export function tunnelCard(page: PageContext, tunnel: TunnelView): Html {
  const { nodes: text, common } = page.texts
  const { plugin, url, since, restarts, fault } = tunnel
  const all = facts([
    [text.state, stateOf(page, tunnel)],
    [text.tunnelPlugin, plugin],
    [text.tunnelUrl, url === null ? null : copyable(page, url)],
    [text.tunnelSince, timeAgo(page, since)],
    [text.tunnelRestarts, number(page, restarts)],
    [text.tunnelFault, fault?.message ?? null],
    [text.tunnelRemedy, fault?.remedy ?? null],
    [common.code, fault === null ? null : copyable(page, fault.code)],
  ])
  return html`<section class="card" id="tunnel"><h2>${text.tunnel}</h2><p>${text.tunnelIntro}</p>${all}</section>`
}

/** The same as one line. */
export function tunnelLine(page: PageContext, tunnel: TunnelView): Html {
  const { url } = tunnel
  return html`<p class="row" id="tunnel"><a href="/nodes#tunnel">${page.texts.nodes.tunnel}</a> ${stateOf(page, tunnel)} ${url === null ? '' : copyable(page, url)}</p>`
}

function stateOf({ texts }: PageContext, { state }: TunnelView): Html {
  return badge(TONES[state], texts.nodes.tunnelStates[state])
}
