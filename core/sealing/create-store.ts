import type { RunningConfig } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'

/** The store of a config without encryption of its values, not yet open. */
export function createStoreOf(
  { store, settings }: Pick<RunningConfig, 'store' | 'settings'>,
  logger: PluginLogger,
): StoreInstance {
  const { definition, options, baseDir } = store
  const { dataDir, configDataDir } = settings
  const { name } = definition
  const context = { name, baseDir, dataDir, configDataDir, logger, clock: Date.now }
  return definition.create(options, context)
}
