import { Command, Option } from 'commander'
import { print } from '../print.ts'
import { withRunOptions } from '../start.ts'
import { install, uninstall } from './install.ts'
import type { InstallOptions } from './plan.ts'
import { scopeOf } from './plan.ts'
import { requireSystemd, type Scope, showSystemctl } from './systemctl.ts'

interface NameOptions {
  readonly name: string
  readonly scope?: Scope
}

/** `hookline service` */
export function serviceCommand(): Command {
  return new Command('service')
    .description('run as a service of systemd')
    .addCommand(installCommand().helpCommand(false))
    .addCommand(uninstallCommand().helpCommand(false))
    .addCommand(statusCommand().helpCommand(false))
}

function installCommand(): Command {
  const command = withNameOptions(new Command('install'))
    .description('write a unit, enable it and start it; what is there is replaced')
    .option('--user <account>', 'account that it runs as (default: hookline)')
    .option('--group <groups...>', 'groups besides its own, such as docker')
    .option('--write <paths...>', 'what programs may write besides the data folder')
    .option(
      '--env-file <file>',
      "variables of the config (default: /etc/hookline/environment, or in ~/.config for a unit of one's own)",
    )
    .option(
      '--key <file>',
      'the key that seals secrets, as a credential (default: in the data folder)',
    )
    .option('--namespaces', 'programs use `sandbox` or containers without root')
    .option('--no-start', 'write it only')
    .option('--print', 'print the unit, and change nothing')
  return withRunOptions(command).action((options: InstallOptions) => install(options))
}

function uninstallCommand(): Command {
  return withNameOptions(new Command('uninstall'))
    .description('stop and remove the unit; data and config stay')
    .action(async (options: NameOptions) => {
      const unit = { name: options.name, scope: scopeOf(options) }
      print(`removed ${await uninstall(unit)}\n`)
    })
}

function statusCommand(): Command {
  return withNameOptions(new Command('status'))
    .description('show how the unit does; exits as systemctl does')
    .action(async (options: NameOptions) => {
      requireSystemd()
      process.exitCode = await showSystemctl(
        scopeOf(options),
        ...['status', '--no-pager', `${options.name}.service`],
      )
    })
}

function withNameOptions(command: Command): Command {
  return command
    .option('--name <name>', 'of the unit', 'hookline')
    .addOption(
      new Option(
        '--scope <scope>',
        "the machine's unit or one's own (default: as root, system)",
      ).choices(['system', 'user']),
    )
}
