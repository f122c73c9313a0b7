import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { HooklineError } from '../../errors/errors.ts'
import { invocation } from '../invocation.ts'
import { print } from '../print.ts'
import { importHooks } from './hooks/import-hooks.ts'
import { configText, type Imported } from './imported.ts'

interface Options {
  readonly out: string
  readonly prefix: string
  readonly force?: true
}

const EXAMPLES = `
Examples:
  hookline import hooks.json                     of adnanh/webhook, JSON or YAML, one file or several
  hookline import hooks.yaml --prefix /webhooks  where webhook ran with -urlprefix webhooks
`

/** `hookline import` */
export function importCommand(): Command {
  return new Command('import')
    .argument('<paths...>', 'files of hooks of adnanh/webhook')
    .option('-o, --out <file>', 'the config to write', 'webhook.config.ts')
    .option('--prefix <path>', 'what stands before the ids of hooks in their URLs', '/hooks')
    .option('--force', 'overwrite an existing file')
    .addHelpText('after', EXAMPLES)
    .action(importConfig)
}

async function importConfig(paths: readonly string[], options: Options): Promise<void> {
  const { out, force } = options
  if (!force && existsSync(out)) {
    throw new HooklineError('cli_usage', `${out} already exists`, {
      remedy: 'Give --out with another name, or --force to overwrite it.',
    })
  }
  const imported = await importHooks(paths, prefixOf(options))
  if (imported.hooks.length === 0) {
    print(notesText(imported))
    throw new HooklineError('cli_usage', 'Nothing was imported, so no config was written')
  }
  await writeFile(out, configText(imported), { flag: force ? 'w' : 'wx' })
  print(`wrote ${out}: ${imported.hooks.map(({ name }) => name).join(', ')}\n`)
  print(variablesText(imported) + notesText(imported))
  print(`\nNow: ${invocation()} check --config ${out}\n`)
}

/** `/hooks` for `hooks`, `/hooks` and `/hooks/`; nothing for `/`. */
function prefixOf({ prefix }: Options): string {
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
