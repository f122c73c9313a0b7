import type { ConfiguredStore } from '../kit/sealing/configured-store.ts'
import { type ConfigOptions, readConfig } from './read-config.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** The store of the config for a command that runs beside the service, or instead of it; not yet open. */
export async function configuredStore(options: ConfigOptions): Promise<ConfiguredStore> {
  const config = await readConfig(options)
  const { createConfiguredStore } = await import('../kit/sealing/configured-store.ts')
  return createConfiguredStore({ config: () => config, env: process.env, logger: SILENT })
}
