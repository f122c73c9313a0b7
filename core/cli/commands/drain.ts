import { Command } from 'commander'
import type { NodeView } from '../../api/node-routes.ts'
import { apiPath } from '../api-client.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { nodesTable } from './nodes.ts'

interface Options extends ServiceOptions {
  readonly undo?: true
}

/** `hookline drain` */
export function drainCommand(): Command {
  const command = new Command('drain')
    .argument('<node>', 'name of the node, see `hookline nodes`')
    .option('--undo', 'let the node claim tasks again')
  return withServiceOptions(command).action(drain)
}

function drain(name: string, options: Options): Promise<void> {
  const action = options.undo ? 'undrain' : 'drain'
  return printAnswer(
    options,
    (client) => client.post<NodeView>(apiPath`/api/nodes/${name}/${action}`),
    (node) => nodesTable([node]),
  )
}
