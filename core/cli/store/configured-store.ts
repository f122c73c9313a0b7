import { SILENT_LOGGER } from '../../kit/silent-logger.ts'
import type { ConfiguredStore } from '../../sealing/configured-store.ts'
import { type ConfigOptions, readConfig } from '../read-config.ts'

/** The store of the config, not yet open. */
export async function configuredStore(options: ConfigOptions): Promise<ConfiguredStore> {
  const config = await readConfig(options)
  const { createConfiguredStore } = await import('../../sealing/configured-store.ts')
  return createConfiguredStore({ config: () => config, env: process.env, logger: SILENT_LOGGER })
}

/**
 * Opens the store of the config without the service, which must be stopped if only one process may open the store. Opens
 * the inner store, so that values that cannot be unsealed do no harm.
 */
export async function withStore<Result>(
  options: ConfigOptions,
  use: (stores: ConfiguredStore) => Promise<Result>,
): Promise<Result> {
  const stores = await configuredStore(options)
  await stores.inner.open()
  try {
    return await use(stores)
  } finally {
    await stores.inner.close()
  }
}
