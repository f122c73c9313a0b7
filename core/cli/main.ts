import { styleText } from 'node:util'
import { Command, CommanderError } from 'commander'
import { HooklineError } from '../errors/errors.ts'
import { hooklineVersion } from '../kit/version.ts'
import { COMMANDS } from './command-list.ts'
import { COMPLETE } from './completion/scripts.ts'
import { printError } from './print-error.ts'

/** Runs a command line, given as in `process.argv`. Resolves to the exit code: 0, 1, or 2 for wrong usage. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    if (argv[2] === COMPLETE) return await printCandidates(argv.slice(3))
    if (argv[2] === 'help' && argv[3] === 'exit-codes') return await printExitCodes()
    const program = await createProgram(argv)
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

Each command has examples, too: hookline COMMAND --help
Exit codes: hookline help exit-codes
`

/** The first word that is no option, past `help`: the name of a command, or a mistake. */
function commandIn(argv: readonly string[]): string | undefined {
  const [first, second] = argv.slice(2).filter((word) => !word.startsWith('-'))
  return first === 'help' ? second : first
}

/** The named command alone, or else all of them, of which the help shows the summary. */
async function createProgram(argv: readonly string[]): Promise<Command> {
  const name = commandIn(argv) ?? ''
  const isKnown = Object.values(COMMANDS).some((commands) => Object.hasOwn(commands, name))
  const program = new Command('hookline')
    .description('Receives webhooks, verifies them, and runs programs on your own machines.')
    .version(hooklineVersion(), '-V, --version')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    // On a terminal with colours only; commander removes them elsewhere.
    .configureHelp({
      styleTitle: (text) => styled('bold', text),
      styleCommandText: (text) => styled('cyan', text),
      styleOptionText: (text) => styled('cyan', text),
      styleArgumentText: (text) => styled('cyan', text),
    })
    // Errors are printed once, by `run`.
    .configureOutput({ outputError: () => {} })
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(heading)
    for (const [listed, { summary, load }] of Object.entries(commands)) {
      if (isKnown && listed !== name) continue
      const command = listed === name ? await load() : new Command(listed)
      if (listed === name && asksForHelp(argv)) {
        const { addHelp } = await import('./help/help-text.ts')
        addHelp(command)
      }
      add(program, command.description(summary))
    }
  }
  return program
}

function asksForHelp(argv: readonly string[]): boolean {
  return argv[2] === 'help' || argv.some((word) => word === '--help' || word === '-h')
}

function styled(style: 'bold' | 'cyan', text: string): string {
  return styleText(style, text, { validateStream: false })
}

/** One candidate a line, its meaning after a tab. */
async function printCandidates(words: readonly string[]): Promise<number> {
  const { candidates } = await import('./completion/candidates.ts')
  const lines = (await candidates(words)).map(({ word, meaning }) => `${word}\t${meaning}\n`)
  process.stdout.write(lines.join(''))
  return 0
}

async function printExitCodes(): Promise<number> {
  const { exitCodesText } = await import('./help/exit-codes.ts')
  process.stdout.write(exitCodesText())
  return 0
}

function add(program: Command, command: Command): void {
  for (const each of [command, ...command.commands]) each.copyInheritedSettings(program)
  program.addCommand(command)
}
