import { Command, Option } from 'commander'
import { addLabel, parsePort } from './read-config.ts'
import { type RunOptions, runNode } from './run-node.ts'

/** `hookline start` */
export function startCommand(): Command {
  return withRunOptions(new Command('start'))
    .description('run the service')
    .action((options: RunOptions) => runNode(options, { pretty: false }))
}

/** Adds the options of `start` and `dev`. */
export function withRunOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the config file (HOOKLINE_CONFIG; default: webhook.config.*)')
    .option('--host <host>', "the address to listen on (HOOKLINE_HOST; default: the config's)")
    .option('-p, --port <number>', "the port (PORT; default: the config's)", (text) =>
      parsePort(text, '--port'),
    )
    .option(
      '--data <folder>',
      "where this node keeps its files (HOOKLINE_DATA; default: the config's)",
    )
    .addOption(
      new Option('--role <role>', 'take deliveries, run programs, or both')
        .choices(['all', 'receive', 'work'])
        .default('all'),
    )
    .option(
      '--label <label>',
      "what programs may ask for by `runsOn`; may be given often (HOOKLINE_LABELS, with commas; default: the config's)",
      addLabel,
    )
}
