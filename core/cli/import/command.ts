import { existsSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Command } from 'commander'
import { HooklineError } from '../../errors/errors.ts'
import { invocation } from '../invocation.ts'
import { print } from '../print.ts'
import { configText, type Imported } from './imported.ts'

interface Options {
  readonly out: string
  readonly prefix?: string
  readonly force?: true
}

const FASTAPI = 'fastapi-config'
/** `hookline import` */
export function importCommand(): Command {
  return new Command('import')
    .argument('<paths...>', 'files of hooks, a folder of scripts, or fastapi-config and a file')
    .option('-o, --out <file>', 'the config to write', 'webhook.config.ts')
    .option('--prefix <path>', 'path before that of each hook; default /hooks, of scripts none')
    .option('--force', 'overwrite an existing file')
    .action(importConfig)
}

async function importConfig(paths: readonly string[], options: Options): Promise<void> {
  const { out, force } = options
  if (!force && existsSync(out)) {
    throw new HooklineError('cli_usage', `${out} already exists`, {
      remedy: 'Give --out with another name, or --force to overwrite it.',
    })
  }
  const imported = await importFrom(paths, options)
  const names = Object.keys(imported.sources)
  if (names.length === 0) {
    print(notesText(imported))
    throw new HooklineError('cli_usage', 'Nothing was imported, so no config was written')
  }
  await writeFile(out, configText(imported), { flag: force ? 'w' : 'wx' })
  print(`wrote ${out}: ${names.join(', ')}\n`)
  print(variablesText(imported) + notesText(imported))
  print(`\nNow: ${invocation()} check --config ${out}\n`)
}

/** Loads only what reads the configuration of that tool. */
async function importFrom(paths: readonly string[], { prefix, out }: Options): Promise<Imported> {
  const [first = '', second, ...more] = paths
  if (first === FASTAPI) {
    if (second === undefined || more.length > 0) throw oneFile(`${FASTAPI} takes one file`)
    checkThere(second)
    const { importPythonConfig } = await import('./fastapi/import-config.ts')
    return importPythonConfig(second)
  }
  for (const path of paths) checkThere(path)
  if (!statSync(first).isDirectory()) {
    const { importHooks } = await import('./hooks/import-hooks.ts')
    return importHooks(paths, barePrefix(prefix ?? '/hooks'))
  }
  if (second !== undefined) throw oneFile('Only one folder of scripts can be imported')
  const { importScripts } = await import('./webhookd/import-scripts.ts')
  return importScripts(first, { prefix: barePrefix(prefix ?? ''), baseDir: dirname(out) })
}

function checkThere(path: string): void {
  if (existsSync(path)) return
  throw new HooklineError('cli_usage', `There is no file or folder ${path}`)
}

function oneFile(message: string): HooklineError {
  return new HooklineError('cli_usage', message, { remedy: 'See: hookline import --help' })
}

/** `/hooks` for `hooks`, `/hooks` and `/hooks/`; nothing for `/`. */
function barePrefix(prefix: string): string {
  const bare = prefix.replaceAll(/^\/+|\/+$/g, '')
  return bare === '' ? '' : `/${bare}`
}

function variablesText({ variables }: Imported): string {
  if (variables.length === 0) return ''
  const lines = variables.map(({ name, from }) => `  ${name}  (now in ${from})\n`)
  return `\nSet these variables, which hold the secrets:\n${lines.join('')}`
}

function notesText({ notes }: Imported): string {
  if (notes.length === 0) return ''
  const lines = notes.map(({ at, what, remedy }) => `  ${at}: ${what}\n      ${remedy}\n`)
  return `\nNot the same as before:\n${lines.join('')}`
}
