import { Command } from 'commander'
import type { NodeView } from '../../api/node-routes.ts'
import { visible } from '../../kit/visible.ts'
import type { Unserved } from '../../work/roster.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { itemTable } from '../tables.ts'

interface NodeList {
  readonly nodes: readonly NodeView[]
  readonly unserved: readonly Unserved[]
}

/** `hookline nodes` */
export function nodesCommand(): Command {
  const command = new Command('nodes')
  return withServiceOptions(command).action((options: ServiceOptions) =>
    printAnswer(options, (client) => client.get<NodeList>('/api/nodes'), nodeListText),
  )
}

function nodeListText({ nodes, unserved }: NodeList): string {
  const list = nodes.length === 0 ? 'No nodes.\n' : nodesTable(nodes)
  const warnings = unserved.map(({ program, runsOn }) => {
    const labels = runsOn.length === 0 ? '' : `; it needs a node with ${runsOn.join(', ')}`
    return visible(`warning: no live node runs ${program}${labels}\n`)
  })
  return list + warnings.join('')
}

/** A table of nodes. */
export function nodesTable(nodes: readonly NodeView[]): string {
  return itemTable(nodes, {
    NODE: ({ name }) => name,
    STATE: stateOf,
    ROLE: ({ role }) => role,
    LABELS: ({ labels }) => labels.join(', ') || '-',
    RUNNING: ({ running }) => running,
    VERSION: ({ version }) => version,
    STARTED: ({ startedAt }) => startedAt,
    SEEN: ({ seenAt }) => seenAt,
  })
}

function stateOf({ live, draining }: NodeView): string {
  if (!live) return 'silent'
  return draining ? 'draining' : 'live'
}
