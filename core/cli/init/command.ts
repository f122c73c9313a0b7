import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { Command, Option } from 'commander'
import { builtInDefinitions, builtInSources } from '../../config/modules/built-in.ts'
import type { SourceDefinition } from '../../contracts/source.ts'
import { HooklineError } from '../../errors/errors.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { invocation } from '../invocation.ts'
import { print } from '../print.ts'
import { configText, INIT_FORMATS, type InitFormat } from './config-text.ts'
import { askInTerminal, type InitAnswers } from './dialogue.ts'
import { firstProgram } from './first-program.ts'
import { type ProjectFile, projectFiles, schemaPlace } from './project-files.ts'
import { presetStarterOf, type Starter, starterOf, variablesToSet } from './starters.ts'

interface Options {
  readonly source?: readonly string[]
  readonly format?: InitFormat
  readonly yes?: true
  readonly force?: true
}

/** `hookline init` */
export function initCommand(): Command {
  return new Command('init')
    .option('-s, --source <names...>', 'sources to set up, such as github')
    .addOption(
      new Option('--format <format>', 'format of the config (default: ts)').choices(INIT_FORMATS),
    )
    .option('-y, --yes', 'ask no questions')
    .option('--force', 'overwrite the config and the program, if they are there')
    .action(init)
}

async function init(options: Options): Promise<void> {
  if (!options.force) refuseToOverwrite(INIT_FORMATS.map(configFile))
  const known = await builtInSources()
  const answers = await answersOf(options, known)
  if (answers === null) {
    process.exitCode = 1
    return
  }
  const { format } = answers
  const folder = process.cwd()
  const starters = toStarters(answers.sources, known)
  const program = firstProgram()
  const schema = schemaPlace(folder)
  const files = {
    [configFile(format)]: configText({ starters, program, format, schema: schema.path }),
    [program.file]: program.text,
  }
  if (!options.force) refuseToOverwrite(Object.keys(files))
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: options.force ? 'w' : 'wx' })
    print(`wrote ${file}\n`)
  }
  for (const file of projectFiles({ folder, format, starters })) await writeProjectFile(file)
  if (format !== 'ts' && schema.isWritten) {
    await writeProjectFile({ file: relative('.', schema.path), text: await schemaText() })
  }
  const variables = variablesToSet(starters)
  if (variables.length > 0)
    print(`\nFirst set these variables to what the sender gives you: ${variables.join(', ')}\n`)
  print(`\nNow: ${invocation()} check\nThen: ${invocation()} start\n`)
}

function configFile(format: InitFormat): string {
  return `webhook.config.${format}`
}

/** What the options say, what is asked, or the defaults; null if the dialogue was left. */
async function answersOf(
  { source, format, yes }: Options,
  known: readonly SourceDefinition[],
): Promise<InitAnswers | null> {
  const sources = source?.flatMap((names) => names.split(',')).filter(Boolean)
  if (sources?.length === 0) throw noSource('No source was chosen')
  if (yes || sources !== undefined) {
    return { sources: sources ?? ['github'], format: format ?? 'ts' }
  }
  if (process.stdin.isTTY && process.stdout.isTTY) return askInTerminal(known, format)
  throw noSource('No source was chosen, and this is no terminal to ask in')
}

function noSource(message: string): HooklineError {
  return new HooklineError('cli_usage', message, {
    remedy: 'Give --source with the names of sources, or --yes for github.',
  })
}

/** A file that is there keeps all that it has. */
async function writeProjectFile({ file, text, completed }: ProjectFile): Promise<void> {
  if (!existsSync(file)) {
    await writeFile(file, text, { flag: 'wx' })
    return print(`wrote ${file}\n`)
  }
  const more = completed?.(await readFile(file, 'utf8')) ?? null
  if (more === null) return print(`kept ${file} as it is\n`)
  await writeFile(file, more)
  print(`added to ${file} what it lacked\n`)
}

async function schemaText(): Promise<string> {
  const { configJsonSchema } = await import('../../config/schema/config-json-schema.ts')
  return `${JSON.stringify(configJsonSchema(await builtInDefinitions()))}\n`
}

function presetNames({ presets = {} }: SourceDefinition): readonly string[] {
  return Object.keys(presets)
}

function toStarters(
  names: readonly string[],
  known: readonly SourceDefinition[],
): readonly Starter[] {
  return [...new Set(names)].map((name) => {
    const definition = known.find((source) => source.name === name)
    if (definition !== undefined) return starterOf(definition)
    for (const source of known) {
      const starter = presetStarterOf(source, name)
      if (starter !== undefined) return starter
    }
    const all = known.flatMap((source) => [source.name, ...presetNames(source)])
    throw new HooklineError('cli_usage', `init cannot set up a source '${name}'`, {
      remedy: `${suggestion(name, all)} Known sources: ${all.toSorted().join(', ')}.`.trim(),
    })
  })
}

function refuseToOverwrite(files: readonly string[]): void {
  const there = files.find((file) => existsSync(file))
  if (there === undefined) return
  throw new HooklineError('cli_usage', `${there} already exists`, {
    remedy: 'Edit it, or give --force to overwrite it.',
  })
}
