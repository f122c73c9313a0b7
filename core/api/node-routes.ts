import { type Context, Hono } from 'hono'
import { HooklineError } from '../errors/errors.ts'
import type { KnownNode } from '../work/roster.ts'
import { requireRole } from './access/guard/require-role.ts'
import { isoTime } from './iso-time.ts'
import type { AppServices, HttpTypes } from './services.ts'

/** `/api/nodes`: lists the nodes and the programs that none of them runs; drains nodes. */
export function nodeRoutes(services: AppServices): Hono<HttpTypes> {
  const { roster } = services
  const routes = new Hono<HttpTypes>()

  routes.get('/', async (context) => {
    const [nodes, unserved] = await Promise.all([roster.nodes(), roster.unserved()])
    return context.json({ nodes: nodes.map(nodeView), unserved })
  })

  const setDraining = async (context: Context<HttpTypes>, draining: boolean) => {
    const name = context.req.param('name') ?? ''
    if (!(await findNode(name))) throw unknown(name)
    const action = draining ? 'node.drain' : 'node.undrain'
    const entry = services.audit.entry(context, { action, target: name })
    await services.audit.around(entry, async () => {
      if (!(await services.store.drainNode(name, draining))) throw unknown(name)
    })
    const node = await findNode(name)
    if (node === undefined) throw unknown(name)
    return context.json(nodeView(node))
  }

  const findNode = async (name: string) => {
    roster.forget()
    return (await roster.nodes()).find((node) => node.name === name)
  }

  const operator = requireRole(services, 'operator')
  routes.post('/:name/drain', operator, (context) => setDraining(context, true))
  routes.post('/:name/undrain', operator, (context) => setDraining(context, false))
  return routes
}

/** A node as the API shows it. Times are ISO 8601 in UTC. */
function nodeView(node: KnownNode) {
  return {
    name: node.name,
    role: node.role,
    labels: node.labels,
    live: node.live,
    draining: node.draining,
    running: node.running,
    version: node.version,
    config: node.config,
    startedAt: isoTime(node.startedAt),
    seenAt: isoTime(node.seenAt),
  }
}

export type NodeView = ReturnType<typeof nodeView>

function unknown(name: string): HooklineError {
  return new HooklineError('node_unknown', `There is no node '${name.slice(0, 64)}'`)
}
