import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { Argument, Command } from 'commander'
import { ModuleLoad } from '../config/module-hooks.ts'
import { Plugins } from '../config/plugins.ts'
import { HooklineError } from '../kit/errors.ts'
import { type NewPluginKind, PLUGIN_KINDS, pluginFiles } from './plugin-templates.ts'
import { print } from './print.ts'

const NAME = /^[a-z][A-Za-z0-9]{0,63}$/
// The name is that of an export, so it cannot be one of the language's own words.
const RESERVED = new Set(
  'await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield arguments'.split(
    ' ',
  ),
)

/** `hookline plugin` */
export function pluginCommand(): Command {
  return new Command('plugin')
    .description('write plugins of your own')
    .addCommand(newCommand().helpCommand(false))
}

function newCommand(): Command {
  return new Command('new')
    .description('write a plugin that works, with a test that passes')
    .addArgument(new Argument('<kind>', 'of plugin').choices(PLUGIN_KINDS))
    .argument('<name>', 'of the plugin: one word, as in `bell`')
    .option('--dir <folder>', 'where to write it', 'plugins')
    .action(writePlugin)
}

async function writePlugin(
  kind: NewPluginKind,
  name: string,
  { dir }: { readonly dir: string },
): Promise<void> {
  if (!NAME.test(name) || RESERVED.has(name)) {
    throw new HooklineError('cli_usage', `'${name}' cannot be the name of a plugin`, {
      remedy:
        'Take one word that begins with a small letter, of letters and digits: bell, acmeCrm.',
    })
  }
  await refuseTakenName(kind, name)
  const files = Object.entries(pluginFiles(kind, name)).map(
    ([ending, text]) => [join(dir, name + ending), text] as const,
  )
  const there = files.map(([file]) => file).find((file) => existsSync(file))
  if (there !== undefined) {
    throw new HooklineError('cli_usage', `There is a ${there} already`, {
      remedy: 'Choose another name, or remove the file.',
    })
  }
  await mkdir(dir, { recursive: true })
  for (const [file, text] of files) {
    await writeFile(file, text, { flag: 'wx' })
    print(`wrote ${file}\n`)
  }
  const folder = relative('.', resolve(dir)) || '.'
  print(`\nNow: node --test ${join(dir, `${name}.test.ts`)}\n`)
  print(`Then name its folder in the config: plugins: ['./${folder}']\n`)
}

async function refuseTakenName(kind: NewPluginKind, name: string): Promise<void> {
  const search = { named: [], baseDir: process.cwd(), modules: new ModuleLoad() }
  const { plugins } = await Plugins.find(search)
  const found = await plugins.definition(kind, name, { file: null, path: [] })
  if ('code' in found && found.code === 'plugin_unknown') return
  throw new HooklineError('cli_usage', `There is a ${kind} '${name}' already`, {
    remedy: 'Choose another name: two plugins of a kind cannot share one.',
  })
}
