import { Command, CommanderError } from 'commander'
import { HooklineError } from '../errors/errors.ts'
import { hooklineVersion } from '../kit/version.ts'
import { COMMANDS } from './command-list.ts'
import { printError } from './print-error.ts'

/** Runs a command line, given as in `process.argv`. Resolves to the exit code: 0, 1, or 2 for wrong usage. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(commandIn(argv))
    await program.parseAsync(argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (!(error instanceof CommanderError)) return printError(error)
    if (error.exitCode === 0) return 0
    // Without a command, commander has printed the help.
    if (error.code === 'commander.help') return 2
    return printError(
      new HooklineError('cli_usage', error.message.replace(/^error: /, '').replace('\n', ' ')),
    )
  }
}

const EXAMPLES = `
Examples:
  hookline init                          write a config to this folder
  hookline start                         run the service
  hookline send github --event push      send it a signed test delivery
  hookline tasks --state dead            list tasks that failed
`

/** The first word that is no option, past `help`: the name of a command, or a mistake. */
function commandIn(argv: readonly string[]): string | undefined {
  const [first, second] = argv.slice(2).filter((word) => !word.startsWith('-'))
  return first === 'help' ? second : first
}

/** Only the named command is there in full. Of the others, the help shows the summary. */
async function createProgram(name: string | undefined): Promise<Command> {
  const program = new Command('hookline')
    .description('Receives webhooks, verifies them, and runs programs on your own machines.')
    .version(hooklineVersion(), '-V, --version')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    // Errors are printed once, by `run`.
    .configureOutput({ outputError: () => {} })
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(heading)
    for (const [listed, { summary, load }] of Object.entries(commands)) {
      const command = listed === name ? await load() : new Command(listed)
      add(program, command.description(summary))
    }
  }
  return program
}

function add(program: Command, command: Command): void {
  for (const each of [command, ...command.commands]) each.copyInheritedSettings(program)
  program.addCommand(command)
}
