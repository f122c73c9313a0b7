import { userInfo } from 'node:os'
import { Argument, Command } from 'commander'
import { readManaged, writeManaged } from '../../config/managed/documents.ts'
import { MANAGED_KINDS, type ManagedKind } from '../../config/managed/kinds.ts'
import type { NewAuditEntry } from '../../contracts/document.ts'
import { HooklineError } from '../../errors/errors.ts'
import { visible } from '../../kit/visible.ts'
import { type ConfirmOptions, isConfirmed, withConfirmation } from '../confirm.ts'
import { print, printJson } from '../print.ts'
import { type ConfigOptions, withConfigOptions } from '../read-config.ts'
import { withStore } from '../store/configured-store.ts'
import { table } from '../tables.ts'

const WORDS = { sources: 'webhook', programs: 'program', rules: 'rule' } as const

interface Options extends ConfigOptions {
  readonly json?: true
}

/** `hookline managed`: repairs the managed config in the store, for a service that does not start. */
export function managedCommand(): Command {
  const list = new Command('list')
    .description('list the managed parts in the store')
    .option('--json', 'print JSON')
  const remove = new Command('delete')
    .description('delete a managed part from the store; the service must be stopped')
    .addArgument(new Argument('<kind>', 'kind of the part').choices([...MANAGED_KINDS, 'webhooks']))
    .argument('<name>', 'name of the part')
  return new Command('managed')
    .addCommand(withConfigOptions(list).action(listManaged))
    .addCommand(withConfigOptions(withConfirmation(remove)).action(deleteManaged))
}

async function listManaged(options: Options): Promise<void> {
  const { documents } = await withStore(options, ({ inner }) => readManaged(inner))
  // Only names: values are sealed.
  const parts = MANAGED_KINDS.flatMap((kind) =>
    [...documents[kind].values()].map(({ name, version, changedAt }) => {
      return { kind, name, version, changedAt: new Date(changedAt).toISOString() }
    }),
  )
  if (options.json) return printJson({ parts })
  if (parts.length === 0) return print('No managed parts.\n')
  const rows = parts.map(({ kind, name, changedAt }) => [kind, name, changedAt])
  print(table([['KIND', 'NAME', 'CHANGED'], ...rows]))
}

async function deleteManaged(
  given: string,
  name: string,
  options: Options & ConfirmOptions,
): Promise<void> {
  const question = `Delete ${given} ${name} from the store?`
  if (!(await isConfirmed(question, options))) return
  const kind = given === 'webhooks' ? 'sources' : (given as ManagedKind)
  await withStore(options, async ({ inner, store }) => {
    const { documents, revision } = await readManaged(inner)
    const found = documents[kind].get(name)
    if (found === undefined) {
      throw new HooklineError('config_unknown', `There is no managed part ${given} ${name}`, {
        remedy: 'List the managed parts with `hookline managed list`.',
      })
    }
    const write = { kind, name, form: null, expect: found.version }
    const written = await writeManaged(store, { write, revision }, auditEntry(kind, name))
    if (written === null) throw new HooklineError('config_busy', 'The config was just changed')
  })
  print(`Deleted ${given} ${visible(name)}.\n`)
}

function auditEntry(kind: ManagedKind, target: string): NewAuditEntry {
  return {
    at: Date.now(),
    actor: 'hookline',
    action: `config.${WORDS[kind]}.delete`,
    target,
    outcome: 'done',
    client: null,
    node: 'command line',
    detail: JSON.stringify({ user: userInfo().username }),
  }
}
