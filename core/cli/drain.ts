import { Command } from 'commander'
import type { NodeView } from '../api/nodes.ts'
import { nodesTable } from './nodes.ts'
import { print, printJson } from './print.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

interface Options extends ServiceOptions {
  readonly undo?: true
  readonly json?: true
}

/** `hookline drain` */
export function drainCommand(): Command {
  const command = new Command('drain')
    .description('let a node end what it runs and claim no more')
    .argument('<node>', 'its name, see `hookline nodes`')
    .option('--undo', 'let it claim again')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(drain)
}

async function drain(name: string, options: Options): Promise<void> {
  const client = await openClient(options)
  const action = options.undo ? 'undrain' : 'drain'
  const node = await client.post<NodeView>(`/api/nodes/${encodeURIComponent(name)}/${action}`)
  if (options.json) printJson(node)
  else print(nodesTable([node]))
}
