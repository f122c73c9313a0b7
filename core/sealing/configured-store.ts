import type { RunningConfig } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { createStoreOf } from './create-store.ts'
import { KeyKeeper } from './key-keeper.ts'
import { KeyRing, type KeyRingOptions } from './key-ring.ts'
import { sealStore } from './sealed-store.ts'
import { TermKeys } from './term-keys.ts'

export interface ConfiguredStoreOptions extends Pick<KeyRingOptions, 'env' | 'onKeys'> {
  /** The current config. Whether payloads are encrypted may change with it. */
  readonly config: () => Pick<RunningConfig, 'store' | 'settings'>
  readonly logger: PluginLogger
}

export interface ConfiguredStore {
  /** Not yet open. Everything but `keeper` uses this one. */
  readonly store: StoreInstance
  /** The store underneath, which returns values as they are stored. */
  readonly inner: StoreInstance
  readonly keeper: KeyKeeper
  readonly termKeys: TermKeys
}

/** The store of a config, which encrypts secrets at rest. Throws `key_invalid` or `key_unreadable`. */
export function createConfiguredStore(options: ConfiguredStoreOptions): ConfiguredStore {
  const { config, env, logger, onKeys } = options
  const { dataDir } = config().settings
  const inner = createStoreOf(config(), logger)
  const keys = new KeyRing({ env, dataDir, onKeys })
  const encryptPayloads = () => config().settings.encryptPayloads
  const store = sealStore({ store: inner, keys, encryptPayloads, logger, clock: Date.now })
  return { store, inner, keeper: new KeyKeeper(inner, keys), termKeys: new TermKeys(inner, keys) }
}
