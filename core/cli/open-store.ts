import type { StoreInstance } from '../contracts/store.ts'
import { type ConfigOptions, readConfig } from './read-config.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** Opens the store of the config for one use, without the service. Where only one process may use it, that must be stopped. */
export async function withStore<Result>(
  options: ConfigOptions,
  use: (store: StoreInstance) => Promise<Result>,
): Promise<Result> {
  const { store, settings } = await readConfig(options)
  const { definition, baseDir } = store
  const opened = definition.create(store.options, {
    ...{ name: definition.name, baseDir, dataDir: settings.dataDir, logger: SILENT },
    clock: Date.now,
  })
  await opened.open()
  try {
    return await use(opened)
  } finally {
    await opened.close()
  }
}
