import { Command, CommanderError } from 'commander'
import { HooklineError } from '../kit/errors.ts'
import { hooklineVersion } from '../kit/version.ts'
import { auditCommand } from './audit.ts'
import { backupCommand } from './backup.ts'
import { cancelCommand } from './cancel.ts'
import { checkCommand } from './check.ts'
import { deliveriesCommand } from './deliveries.ts'
import { devCommand } from './dev.ts'
import { doctorCommand } from './doctor.ts'
import { drainCommand } from './drain.ts'
import { explainCommand } from './explain.ts'
import { initCommand } from './init.ts'
import { logsCommand } from './logs.ts'
import { managedCommand } from './managed.ts'
import { migrateStoreCommand } from './migrate-store.ts'
import { nodesCommand } from './nodes.ts'
import { pluginCommand } from './plugin.ts'
import { printError } from './print-error.ts'
import { redactCommand } from './redact.ts'
import { replayCommand } from './replay.ts'
import { retryCommand } from './retry.ts'
import { schemaCommand } from './schema.ts'
import { secretsCommand } from './secrets.ts'
import { sendCommand } from './send.ts'
import { startCommand } from './start.ts'
import { serviceCommand } from './systemd/command.ts'
import { taskCommand } from './task.ts'
import { tasksCommand } from './tasks.ts'
import { tokenCommand } from './token.ts'

/** Runs one command line, `argv` as in `process.argv`; resolves to the exit code: 0, 1, or 2 for wrong usage. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (!(error instanceof CommanderError)) return printError(error)
    if (error.exitCode === 0) return 0
    // Without a command, the help was printed already.
    if (error.code === 'commander.help') return 2
    return printError(
      new HooklineError('cli_usage', error.message.replace(/^error: /, '').replace('\n', ' ')),
    )
  }
}

function createProgram(): Command {
  const program = new Command('hookline')
    .description('Receives webhooks, verifies them, and runs programs on your own machines.')
    .version(hooklineVersion(), '-V, --version')
    .exitOverride()
    // Errors are printed once, by `run`.
    .configureOutput({ outputError: () => {} })
  program.commandsGroup('Run:')
  const running = [startCommand(), devCommand(), serviceCommand()]
  for (const command of [...running, backupCommand(), migrateStoreCommand()]) add(program, command)
  program.commandsGroup('Set up and try:')
  const setting = [initCommand(), checkCommand(), schemaCommand(), sendCommand(), pluginCommand()]
  for (const command of setting) add(program, command)
  program.commandsGroup('Look and act:')
  const acting = [
    ...[tasksCommand(), taskCommand(), logsCommand(), retryCommand(), cancelCommand()],
    ...[deliveriesCommand(), explainCommand(), doctorCommand(), replayCommand()],
    ...[nodesCommand(), drainCommand()],
    managedCommand(),
  ]
  for (const command of acting) add(program, command)
  program.commandsGroup('Access and secrets:')
  for (const command of [tokenCommand(), auditCommand(), secretsCommand(), redactCommand()])
    add(program, command)
  return program
}

function add(program: Command, command: Command): void {
  for (const each of [command, ...command.commands]) each.copyInheritedSettings(program)
  program.addCommand(command)
}
