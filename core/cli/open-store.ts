import type { ConfiguredStore } from '../kit/sealing/configured-store.ts'
import { configuredStore } from './configured-store.ts'
import type { ConfigOptions } from './read-config.ts'

/**
 * Opens the store of the config for one use, without the service. Where only one process may use it, that must be
 * stopped. Not opened as the service opens it, which asks that every value can be read.
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
