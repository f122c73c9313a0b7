import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { HooklineError } from '../../errors/errors.ts'
import { SILENT_LOGGER } from '../../kit/silent-logger.ts'
import { visible } from '../../kit/visible.ts'
import { createStoreOf } from '../../sealing/create-store.ts'
import { print, printJson } from '../print.ts'
import { type ConfigOptions, readConfig, withConfigOptions } from '../read-config.ts'

interface Options extends ConfigOptions {
  readonly json?: true
}

/** `hookline backup` */
export function backupCommand(): Command {
  const command = new Command('backup')
    .argument('<file>', 'file to write; must not exist')
    .option('--json', 'print JSON')
  return withConfigOptions(command).action(backup)
}

async function backup(file: string, options: Options): Promise<void> {
  const config = await readConfig(options)
  // Never opened: that would migrate it, and the service may have it open.
  const store = createStoreOf(config, SILENT_LOGGER)
  if (store.backup === undefined) {
    const message = `The store '${config.store.definition.name}' is backed up with its own tools`
    throw new HooklineError('store_backup_failed', message, {
      remedy: 'For PostgreSQL, use pg_dump or the snapshots of your provider.',
    })
  }
  const path = resolve(file)
  await store.backup(path)
  const bytes = statSync(path).size
  if (options.json) printJson({ file: path, bytes })
  else print(`Wrote ${visible(path)} (${bytes} bytes), without keys, tokens and secret files.\n`)
}
