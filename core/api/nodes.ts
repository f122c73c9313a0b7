import { type Context, Hono } from 'hono'
import { HooklineError } from '../kit/errors.ts'
import type { KnownNode } from '../work/roster.ts'
import { requireRole } from './auth.ts'
import type { AppServices, HttpTypes } from './services.ts'

/** `/api/nodes`: which nodes there are, and what none of them runs. */
export function nodeRoutes(services: AppServices): Hono<HttpTypes> {
  const { roster } = services
  const routes = new Hono<HttpTypes>()

  routes.get('/', async (context) => {
    const [nodes, unserved] = await Promise.all([roster.nodes(), roster.unserved()])
    return context.json({ nodes: nodes.map(nodeView), unserved })
  })

  const drain = async (context: Context<HttpTypes>, draining: boolean) => {
    const name = context.req.param('name') ?? ''
    if (!(await listed(name))) throw unknown(name)
    const action = draining ? 'node.drain' : 'node.undrain'
    const entry = services.audit.entry(context, { action, target: name, outcome: 'done' })
    await services.audit.around(entry, async () => {
      if (!(await services.store.drainNode(name, draining))) throw unknown(name)
    })
    const node = await listed(name)
    if (node === undefined) throw unknown(name)
    return context.json(nodeView(node))
  }

  const listed = async (name: string) => {
    roster.forget()
    return (await roster.nodes()).find((node) => node.name === name)
  }

  routes.post('/:name/drain', requireRole(services, 'operator'), (context) => drain(context, true))
  routes.post('/:name/undrain', requireRole(services, 'operator'), (context) =>
    drain(context, false),
  )
  return routes
}

/** A node as the API shows it. Times are ISO 8601 in UTC. */
export function nodeView(node: KnownNode) {
  return {
    name: node.name,
    role: node.role,
    labels: node.labels,
    live: node.live,
    draining: node.draining,
    running: node.running,
    version: node.version,
    config: node.config,
    startedAt: new Date(node.startedAt).toISOString(),
    seenAt: new Date(node.seenAt).toISOString(),
  }
}

export type NodeView = ReturnType<typeof nodeView>

function unknown(name: string): HooklineError {
  return new HooklineError('node_unknown', `There is no node '${name.slice(0, 64)}'`)
}
