import { Command } from 'commander'
import { type RunOptions, runNode } from './run-node.ts'
import { withRunOptions } from './start.ts'

/** `hookline dev` */
export function devCommand(): Command {
  return withRunOptions(new Command('dev'))
    .description('run the service with a readable, detailed log')
    .action((options: RunOptions) => runNode(options, { pretty: true, logLevel: 'debug' }))
}
