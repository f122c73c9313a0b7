import { Hono } from 'hono'
import { html } from 'hono/html'
import type { NodeView } from '../../api/node-routes.ts'
import type { TunnelView } from '../../api/tunnel/routes.ts'
import type { Unserved } from '../../work/roster.ts'
import { layout } from '../layout.ts'
import { finish } from '../notices.ts'
import type { DashboardTypes, Html, PageContext } from '../page.ts'
import { badge } from '../parts/badges.ts'
import { actionButton } from '../parts/forms.ts'
import { live } from '../parts/live.ts'
import { type Column, table } from '../parts/table.ts'
import { copyable, number, timeAgo } from '../parts/text.ts'
import { tunnelCard } from '../parts/tunnel.ts'

interface NodeList {
  readonly nodes: readonly NodeView[]
  readonly unserved: readonly Unserved[]
}

/** `/nodes`: the processes that share the store. */
export function nodesPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()

  routes.get('/', async (context) => {
    const page = context.get('page')
    const [list, { tunnel }] = await Promise.all([
      page.api.get<NodeList>('/api/nodes'),
      page.api.get<{ tunnel: TunnelView | null }>('/api/tunnel'),
    ])
    const content = html`${nodeList(page, list)}${tunnel === null ? '' : tunnelCard(page, tunnel)}`
    const body = live(page, 'nodes', ['node', 'task'], content)
    return context.html(layout(page, { title: page.texts.nodes.title, section: 'nodes', body }))
  })

  routes.post('/:name/drain', async (context) => {
    await context.get('page').api.send('POST', nodePath(context.req.param('name'), 'drain'))
    return finish(context, '/nodes', 'drained')
  })

  routes.post('/:name/undrain', async (context) => {
    await context.get('page').api.send('POST', nodePath(context.req.param('name'), 'undrain'))
    return finish(context, '/nodes', 'undrained')
  })
  return routes
}

function nodeList(page: PageContext, { nodes, unserved }: NodeList): Html {
  const text = page.texts.nodes
  const versions = new Set(nodes.filter(({ live }) => live).map(({ config }) => config))
  return html`<p class="intro">${text.intro}</p>
    ${versions.size > 1 ? html`<p class="notice bad">${text.configsDiffer}</p>` : ''}
    ${table(nodes, nodeColumns(page), { label: text.title, id: ({ name }) => `node-${name}` })}
    ${unserved.length === 0 ? '' : unservedList(page, unserved)}`
}

function nodeColumns(page: PageContext): readonly Column<NodeView>[] {
  const text = page.texts.nodes
  const columns: Column<NodeView>[] = [
    { heading: text.name, kind: 'wide', cell: ({ name }) => copyable(page, name) },
    { heading: text.state, cell: (node) => nodeBadge(page, node) },
    { heading: text.role, cell: ({ role }) => text.roles[role] },
    { heading: text.labels, cell: ({ labels }) => labels.join(', ') || '–' },
    { heading: text.running, kind: 'number', cell: ({ running }) => number(page, running) },
    { heading: text.version, cell: ({ version }) => version },
    { heading: text.config, cell: ({ config }) => html`<code>${config}</code>` },
    { heading: text.started, cell: ({ startedAt }) => timeAgo(page, startedAt) },
    { heading: text.seen, cell: ({ seenAt }) => timeAgo(page, seenAt) },
  ]
  if (page.may('operator')) columns.push({ heading: '', cell: (node) => drainButton(page, node) })
  return columns
}

function nodeBadge({ texts }: PageContext, { live, draining }: NodeView): Html {
  if (!live) return badge('bad', texts.nodes.gone)
  return draining ? badge('paused', texts.nodes.draining) : badge('good', texts.nodes.live)
}

function drainButton(page: PageContext, { name, draining }: NodeView): Html {
  const text = page.texts.nodes
  const path = `/nodes/${encodeURIComponent(name)}`
  if (draining) {
    return actionButton(page, { action: `${path}/undrain`, label: text.undrain, kind: 'small' })
  }
  return actionButton(page, {
    action: `${path}/drain`,
    label: text.drain,
    title: text.drainTitle(name),
    confirm: text.drainConfirm(name),
    kind: 'small',
  })
}

function unservedList({ texts }: PageContext, unserved: readonly Unserved[]): Html {
  const text = texts.nodes
  const items = unserved.map(({ program, runsOn }) => {
    const needs = runsOn.length === 0 ? text.needsWorker : text.needs(runsOn.join(', '))
    return html`<li><strong>${program}</strong> ${needs}</li>`
  })
  return html`<section class="card"><h2>${text.unserved}</h2><p>${text.unservedText}</p><ul>${items}</ul></section>`
}

function nodePath(name: string, action: string): string {
  return `/api/nodes/${encodeURIComponent(name)}/${action}`
}
