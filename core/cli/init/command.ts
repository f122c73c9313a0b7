import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Command, Option } from 'commander'
import { builtInSources } from '../../config/modules/built-in.ts'
import type { SourceDefinition } from '../../contracts/source.ts'
import { HooklineError } from '../../errors/errors.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { invocation } from '../invocation.ts'
import { print } from '../print.ts'
import {
  configText,
  INIT_FORMATS,
  type InitFormat,
  PROGRAM_FILE,
  PROGRAM_TEXT,
  presetStarterOf,
  type Starter,
  starterOf,
  variablesToSet,
} from './files.ts'

interface Options {
  readonly source?: readonly string[]
  readonly format: InitFormat
  readonly yes?: true
  readonly force?: true
}

/** `hookline init` */
export function initCommand(): Command {
  return new Command('init')
    .option('-s, --source <names...>', 'sources to set up, such as github')
    .addOption(
      new Option('--format <format>', 'format of the config').choices(INIT_FORMATS).default('ts'),
    )
    .option('-y, --yes', 'ask no questions')
    .option('--force', 'overwrite existing files')
    .action(init)
}

async function init(options: Options): Promise<void> {
  const given = options.source?.flatMap((names) => names.split(',')).filter(Boolean)
  const known = await builtInSources()
  const starters = toStarters(given ?? (await askForSources(options.yes === true, known)), known)
  const files = {
    [`webhook.config.${options.format}`]: configText(starters, options.format),
    [PROGRAM_FILE]: PROGRAM_TEXT,
  }
  if (!options.force) refuseToOverwrite(Object.keys(files))
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: options.force ? 'w' : 'wx' })
    print(`wrote ${file}\n`)
  }
  const variables = variablesToSet(starters)
  if (variables.length > 0)
    print(`\nFirst set these variables to what the sender gives you: ${variables.join(', ')}\n`)
  print(`\nNow: ${invocation()} check\nThen: ${invocation()} start\n`)
}

async function askForSources(
  isSilent: boolean,
  known: readonly SourceDefinition[],
): Promise<readonly string[]> {
  if (isSilent) return ['github']
  if (!process.stdin.isTTY) {
    throw new HooklineError('cli_usage', 'No source was chosen, and the input is not a terminal', {
      remedy: 'Give --source with the names of sources, or --yes for github.',
    })
  }
  for (const source of known) {
    print(`  ${source.name.padEnd(18)}${source.summary}\n`)
    const names = presetNames(source).join(', ')
    if (names !== '') print(`  ${''.padEnd(18)}Also: ${names}.\n`)
  }
  const questions = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await questions.question('Which sources? [github] ')
    return answer.trim() === '' ? ['github'] : answer.trim().split(/[\s,]+/)
  } finally {
    questions.close()
  }
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
      remedy: `${suggestion(name, all)} Known sources: ${all.join(', ')}.`.trim(),
    })
  })
}

function refuseToOverwrite(files: readonly string[]): void {
  const configs = INIT_FORMATS.map((format) => `webhook.config.${format}`)
  const there = [...new Set([...configs, ...files])].find((file) => existsSync(file))
  if (there === undefined) return
  throw new HooklineError('cli_usage', `${there} already exists`, {
    remedy: 'Edit it, or give --force to overwrite it.',
  })
}
