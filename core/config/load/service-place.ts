import { dirname, resolve } from 'node:path'
import { isRecord } from '../../kit/is-record.ts'
import { SERVICE_PLACE } from '../../settings/service-place.ts'
import { configError } from '../fault.ts'
import { ModuleLoad } from '../modules/module-hooks.ts'
import type { LoadOptions } from './load-options.ts'
import { findConfig, type ReadFile, readConfigFile } from './read-file.ts'

export type ServicePlaceOptions = Pick<LoadOptions, 'file' | 'cwd' | 'env'>

type PlaceKey = keyof typeof SERVICE_PLACE

/** Reads from a config only what a command needs to find the service. The rest of it may have faults. */
export class ServicePlace {
  readonly #options: ServicePlaceOptions
  #read: Promise<ReadFile> | null = null

  constructor(options: ServicePlaceOptions) {
    this.#options = options
  }

  /** Absolute path of the data folder that the config names. Throws `config_missing` or `config_unreadable`. */
  async dataDir(): Promise<string> {
    const { file } = await this.#config()
    return resolve(dirname(file), await this.setting('dataDir'))
  }

  /** One setting, or its default. Throws `config_invalid` if it has a fault itself. */
  async setting<Key extends PlaceKey>(key: Key): Promise<(typeof SERVICE_PLACE)[Key]> {
    const { file, value } = await this.#config()
    if (!isRecord(value) || value[key] === undefined) return SERVICE_PLACE[key]
    // Loaded only here, since most configs name none of these settings.
    const { resolveReferences } = await import('./references.ts')
    const { checkValue } = await import('../schema/check-value.ts')
    const { settingsSchema } = await import('../../settings/settings.ts')
    const location = { file, path: [] }
    const baseDir = dirname(file)
    const { env } = this.#options
    const resolved = resolveReferences(
      { [key]: value[key] },
      { location, baseDir },
      { env, mode: 'check', dataDir: null },
    )
    const schema = settingsSchema.pick({ dataDir: true, host: true, port: true })
    const checked = await checkValue(schema, resolved.value, { location, resolved })
    const faults = [...resolved.faults, ...(checked.ok ? [] : checked.faults)]
    if (!checked.ok || faults.length > 0) throw configError(faults, baseDir)
    return checked.value[key] as (typeof SERVICE_PLACE)[Key]
  }

  #config(): Promise<ReadFile> {
    this.#read ??= this.#readFile()
    return this.#read
  }

  async #readFile(): Promise<ReadFile> {
    const names = new ModuleLoad('always', 'names')
    try {
      return await this.#readWith(names)
    } catch (error) {
      // The config may do more with its plugins than to name them.
      if (names.hadStandIns) return this.#readWith(new ModuleLoad('always'))
      throw error
    }
  }

  #readWith(modules: ModuleLoad): Promise<ReadFile> {
    const { cwd, file } = this.#options
    return file === undefined
      ? findConfig(cwd, modules)
      : readConfigFile(resolve(cwd, file), modules)
  }
}
