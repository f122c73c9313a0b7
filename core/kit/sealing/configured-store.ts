import type { RunningConfig } from '../../contracts/config.ts'
import type { PluginLogger } from '../../contracts/plugin.ts'
import type { StoreInstance } from '../../contracts/store.ts'
import { KeyKeeper } from './key-keeper.ts'
import { KeyRing, type KeyRingOptions } from './key-ring.ts'
import { sealStore } from './sealed-store.ts'

export interface ConfiguredStoreOptions extends Pick<KeyRingOptions, 'env' | 'onKeys'> {
  /** The config in force: whether payloads are encrypted may change with it. */
  readonly config: () => Pick<RunningConfig, 'store' | 'settings'>
  readonly logger: PluginLogger
}

export interface ConfiguredStore {
  /** Not yet open. All but `keeper` go through this one. */
  readonly store: StoreInstance
  /** The same store below, where values are as they are stored. */
  readonly inner: StoreInstance
  readonly keeper: KeyKeeper
}

/** The store of a config, with what rests in it sealed. Throws `key_invalid` or `key_unreadable`. */
export function createConfiguredStore(options: ConfiguredStoreOptions): ConfiguredStore {
  const { config, env, logger, onKeys } = options
  const { store: running, settings } = config()
  const { dataDir } = settings
  const { definition, baseDir } = running
  const context = { name: definition.name, baseDir, dataDir, logger, clock: Date.now }
  const inner = definition.create(running.options, context)
  const keys = new KeyRing({ env, dataDir, ...(onKeys === undefined ? {} : { onKeys }) })
  const encryptPayloads = () => config().settings.encryptPayloads
  const store = sealStore({ store: inner, keys, encryptPayloads, logger, clock: Date.now })
  return { store, inner, keeper: new KeyKeeper(inner, keys) }
}
