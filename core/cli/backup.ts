import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { HooklineError } from '../kit/errors.ts'
import { print, printJson } from './print.ts'
import { printable } from './printable.ts'
import { type ConfigOptions, readConfig } from './read-config.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** `hookline backup` */
export function backupCommand(): Command {
  return new Command('backup')
    .description('copy the store into a new file, also while the service runs')
    .argument('<file>', 'where to; it must not exist')
    .option('-c, --config <file>', 'the config file (HOOKLINE_CONFIG; default: webhook.config.*)')
    .option('--data <folder>', 'the data folder (HOOKLINE_DATA)')
    .option('--json', 'print JSON')
    .action(backup)
}

async function backup(
  file: string,
  options: ConfigOptions & { readonly json?: true },
): Promise<void> {
  const { store, settings } = await readConfig(options)
  const { definition, baseDir } = store
  // Never opened: that would migrate it, and the service has it open.
  const instance = definition.create(store.options, {
    ...{ name: definition.name, baseDir, dataDir: settings.dataDir, logger: SILENT },
    clock: Date.now,
  })
  if (instance.backup === undefined) {
    const message = `The store '${definition.name}' is backed up with its own tools`
    throw new HooklineError('store_backup_failed', message, {
      remedy: 'For PostgreSQL that is pg_dump, or your provider’s snapshots.',
    })
  }
  const path = resolve(file)
  await instance.backup(path)
  const bytes = statSync(path).size
  if (options.json) printJson({ file: path, bytes })
  else print(`${printable(path)}: ${bytes} bytes. The key, the token and secrets are kept apart.\n`)
}
