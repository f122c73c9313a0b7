import { userInfo } from 'node:os'
import { Argument, Command } from 'commander'
import { readManaged, writeManaged } from '../config/managed-documents.ts'
import { MANAGED_KINDS, type ManagedKind } from '../config/managed-parts.ts'
import type { NewAuditEntry } from '../contracts/document.ts'
import { HooklineError } from '../kit/errors.ts'
import { withStore } from './open-store.ts'
import { print, printJson } from './print.ts'
import { printable, table } from './printable.ts'
import type { ConfigOptions } from './read-config.ts'

const WORDS = { sources: 'webhook', programs: 'program', rules: 'rule' } as const

interface Options extends ConfigOptions {
  readonly json?: true
}

/** `hookline managed`: the managed config in the store itself, for a service that does not start. */
export function managedCommand(): Command {
  const list = new Command('list')
    .description('list the managed parts that the store holds')
    .option('--json', 'print JSON')
  const remove = new Command('delete')
    .description('delete a managed part from the store; the service must not run')
    .addArgument(new Argument('<kind>', 'what it is').choices([...MANAGED_KINDS, 'webhooks']))
    .argument('<name>', 'its name')
  return new Command('managed')
    .description('look at the managed config in the store, and mend it')
    .addCommand(withConfigOptions(list).action(listManaged))
    .addCommand(withConfigOptions(remove).action(deleteManaged))
}

function withConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the config file (HOOKLINE_CONFIG; default: webhook.config.*)')
    .option('--data <folder>', 'the data folder (HOOKLINE_DATA; default: from the config)')
}

async function listManaged(options: Options): Promise<void> {
  const { documents } = await withStore(options, ({ inner }) => readManaged(inner))
  // Only what they are called: their values are sealed.
  const parts = MANAGED_KINDS.flatMap((kind) =>
    [...documents[kind].values()].map(({ name, version, changedAt }) => {
      return { kind, name, version, changedAt: new Date(changedAt).toISOString() }
    }),
  )
  if (options.json) return printJson({ parts })
  if (parts.length === 0) return print('Nothing is managed.\n')
  const rows = parts.map(({ kind, name, changedAt }) => [kind, name, changedAt])
  print(table([['KIND', 'NAME', 'CHANGED'], ...rows]))
}

async function deleteManaged(given: string, name: string, options: Options): Promise<void> {
  const kind = given === 'webhooks' ? 'sources' : (given as ManagedKind)
  await withStore(options, async ({ inner, store }) => {
    const { documents, revision } = await readManaged(inner)
    const found = documents[kind].get(name)
    if (found === undefined) {
      throw new HooklineError('config_unknown', `There is no managed part ${given} ${name}`, {
        remedy: 'List what there is with `hookline managed list`.',
      })
    }
    const write = { kind, name, form: null, expect: found.version }
    const written = await writeManaged(store, { write, revision }, auditEntry(kind, name))
    if (written === null) throw new HooklineError('config_busy', 'The config was just changed')
  })
  print(`Deleted ${given} ${printable(name)}.\n`)
}

function auditEntry(kind: ManagedKind, target: string): NewAuditEntry {
  return {
    ...{ at: Date.now(), actor: 'hookline', action: `config.${WORDS[kind]}.delete`, target },
    ...{ outcome: 'done', client: null, node: 'command line' },
    detail: JSON.stringify({ user: userInfo().username }),
  }
}
