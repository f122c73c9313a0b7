import { Command, Option } from 'commander'
import { withRunOptions } from '../commands/start.ts'
import { print } from '../print.ts'
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
    .addCommand(installCommand().helpCommand(false))
    .addCommand(uninstallCommand().helpCommand(false))
    .addCommand(statusCommand().helpCommand(false))
}

function installCommand(): Command {
  const command = withNameOptions(new Command('install'))
    .description('write a unit, enable and start it; replaces an earlier one')
    .option('--user <account>', 'account to run as (default: hookline)')
    .option('--group <groups...>', 'additional groups, such as docker')
    .option('--write <paths...>', 'paths that programs may write besides the data folder')
    .option(
      '--env-file <file>',
      'file with variables of the config (default: /etc/hookline/environment; ~/.config/hookline/environment for --scope user)',
    )
    .option(
      '--key <file>',
      'file with the sealing key, passed as a credential (default: in the data folder)',
    )
    .option('--namespaces', 'allow namespaces: programs use `sandbox` or rootless containers')
    .option('--tunnel', 'also run the tunnel of the config (`external: true`) as a unit of its own')
    .option('--no-start', 'only write the unit')
    .option('--print', 'print the unit and change nothing')
  return withRunOptions(command).action((options: InstallOptions) => install(options))
}

function uninstallCommand(): Command {
  return withNameOptions(new Command('uninstall'))
    .description('stop and remove the unit; keeps data and config')
    .action(async (options: NameOptions) => {
      const unit = { name: options.name, scope: scopeOf(options) }
      for (const file of await uninstall(unit)) print(`removed ${file}\n`)
    })
}

function statusCommand(): Command {
  return withNameOptions(new Command('status'))
    .description('show the status of the unit; exit code as of systemctl')
    .action(async (options: NameOptions) => {
      requireSystemd()
      const unit = `${options.name}.service`
      process.exitCode = await showSystemctl(scopeOf(options), 'status', '--no-pager', unit)
    })
}

function withNameOptions(command: Command): Command {
  return command
    .option('--name <name>', 'name of the unit', 'hookline')
    .addOption(
      new Option(
        '--scope <scope>',
        'unit of the system or of the current user (default: system for root, else user)',
      ).choices(['system', 'user']),
    )
}
