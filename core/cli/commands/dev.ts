import { Command } from 'commander'
import { type RunOptions, runNode } from '../run-node.ts'
import { withRunOptions, withTunnelOption } from './start.ts'

/** `hookline dev` */
export function devCommand(): Command {
  return withTunnelOption(withRunOptions(new Command('dev'))).action((options: RunOptions) =>
    runNode(options, { pretty: true, logLevel: 'debug' }),
  )
}
