import { Command } from 'commander'
import type { NodeView } from '../api/nodes.ts'
import type { Unserved } from '../work/roster.ts'
import { print, printJson } from './print.ts'
import { printable, table } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

/** `hookline nodes` */
export function nodesCommand(): Command {
  const command = new Command('nodes')
    .description('list the nodes, and programs that none of them runs')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(listNodes)
}

async function listNodes(options: ServiceOptions & { json?: true }): Promise<void> {
  const client = await openClient(options)
  const answer = await client.get<{ nodes: NodeView[]; unserved: Unserved[] }>('/api/nodes')
  if (options.json) return printJson(answer)
  const { nodes, unserved } = answer
  if (nodes.length === 0) print('No nodes.\n')
  else print(nodesTable(nodes))
  for (const { program, runsOn } of unserved) {
    const labels = runsOn.length === 0 ? '' : `; it runs on ${runsOn.join(', ')}`
    print(printable(`warning: no live node runs ${program}${labels}\n`))
  }
}

/** Nodes in a table, one a row. */
export function nodesTable(nodes: readonly NodeView[]): string {
  const rows = nodes.map((node) => [
    ...[node.name, stateOf(node), node.role, node.labels.join(', ') || '-'],
    ...[node.running, node.version, node.startedAt, node.seenAt],
  ])
  return table([
    ['NODE', 'STATE', 'ROLE', 'LABELS', 'RUNNING', 'VERSION', 'STARTED', 'SEEN'],
    ...rows,
  ])
}

function stateOf({ live, draining }: NodeView): string {
  if (!live) return 'silent'
  return draining ? 'draining' : 'live'
}
