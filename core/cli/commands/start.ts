import { Command, Option } from 'commander'
import { addLabel, parsePort, withConfigOptions } from '../read-config.ts'
import { type RunOptions, runNode } from '../run-node.ts'

/** `hookline start` */
export function startCommand(): Command {
  return withTunnelOption(withRunOptions(new Command('start'))).action((options: RunOptions) =>
    runNode(options, { pretty: process.stdout.isTTY === true }),
  )
}

/** Adds the option of `start` and `dev`. */
export function withTunnelOption(command: Command): Command {
  return command.option(
    '--tunnel',
    'let the internet reach the webhooks through a quick tunnel of Cloudflare, unless the config has a tunnel',
  )
}

/** Adds the options that `start`, `dev` and `service install` share. */
export function withRunOptions(command: Command): Command {
  return withConfigOptions(command)
    .option('--host <host>', 'address to listen on (HOOKLINE_HOST; default: from the config)')
    .option('-p, --port <number>', 'port to listen on (PORT; default: from the config)', (text) =>
      parsePort(text, '--port'),
    )
    .addOption(
      new Option('--role <role>', 'take deliveries, run programs, or both')
        .choices(['all', 'receive', 'work'])
        .default('all'),
    )
    .option(
      '--label <label>',
      'label for `runsOn` of programs; may be repeated (HOOKLINE_LABELS, comma-separated; default: from the config)',
      addLabel,
    )
}
