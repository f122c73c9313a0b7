import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { Argument, Command } from 'commander'
import { ModuleLoad } from '../../config/modules/module-hooks.ts'
import { Plugins } from '../../config/modules/plugins.ts'
import { HooklineError } from '../../errors/errors.ts'
import { print } from '../print.ts'
import { type NewPluginKind, PLUGIN_KINDS, pluginFiles } from './plugin-templates.ts'

const NAME = /^[a-z][A-Za-z0-9]{0,63}$/
// The plugin is exported under its name, so that reserved words of the language are not allowed.
const RESERVED = new Set(
  'await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield arguments'.split(
    ' ',
  ),
)

/** `hookline plugin` */
export function pluginCommand(): Command {
  return new Command('plugin').addCommand(newCommand().helpCommand(false))
}

function newCommand(): Command {
  return new Command('new')
    .description('write a working plugin with a passing test')
    .addArgument(new Argument('<kind>', 'kind of plugin').choices(PLUGIN_KINDS))
    .argument('<name>', 'name of the plugin: one word, such as `bell`')
    .option('--dir <folder>', 'folder to write to', 'plugins')
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
        'Use one word of letters and digits that begins with a lowercase letter: bell, acmeCrm.',
    })
  }
  await refuseTakenName(kind, name)
  const files = Object.entries(pluginFiles(kind, name)).map(
    ([ending, text]) => [join(dir, name + ending), text] as const,
  )
  const there = files.map(([file]) => file).find((file) => existsSync(file))
  if (there !== undefined) {
    throw new HooklineError('cli_usage', `${there} already exists`, {
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
  print(`Then add its folder to the config: plugins: ['./${folder}']\n`)
}

async function refuseTakenName(kind: NewPluginKind, name: string): Promise<void> {
  const search = { named: [], baseDir: process.cwd(), modules: new ModuleLoad() }
  const { plugins } = await Plugins.find(search)
  const found = await plugins.definition(kind, name, { file: null, path: [] })
  if ('code' in found && found.code === 'plugin_unknown') return
  throw new HooklineError('cli_usage', `There is already a ${kind} '${name}'`, {
    remedy: 'Choose another name: two plugins of a kind cannot share one.',
  })
}
