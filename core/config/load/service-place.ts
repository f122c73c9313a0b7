import { dirname, resolve } from 'node:path'
import { isRecord } from '../../kit/is-record.ts'
import { type SettingsForm, settingsSchema } from '../../settings/settings.ts'
import { configError } from '../fault.ts'
import { ModuleLoad } from '../modules/module-hooks.ts'
import { checkValue } from '../schema/check-value.ts'
import type { LoadOptions } from './load-options.ts'
import { findConfig, readConfigFile } from './read-file.ts'
import { resolveReferences } from './references.ts'

export type ServicePlaceOptions = Pick<LoadOptions, 'file' | 'cwd' | 'env'>

type PlaceKey = 'dataDir' | 'host' | 'port'

/** Reads from a config only what a command needs to find the service. The rest of it may have faults. */
export class ServicePlace {
  readonly #options: ServicePlaceOptions
  #read: ReturnType<typeof findConfig> | ReturnType<typeof readConfigFile> | null = null

  constructor(options: ServicePlaceOptions) {
    this.#options = options
  }

  /** Absolute path of the data folder that the config names. Throws `config_missing` or `config_unreadable`. */
  async dataDir(): Promise<string> {
    const { file } = await this.#config()
    return resolve(dirname(file), await this.setting('dataDir'))
  }

  /** One setting, or its default. Throws `config_invalid` if it has a fault itself. */
  async setting<Key extends PlaceKey>(key: Key): Promise<SettingsForm[Key]> {
    const { file, value } = await this.#config()
    const given = isRecord(value) && key in value ? { [key]: value[key] } : {}
    const location = { file, path: [] }
    const baseDir = dirname(file)
    const { env } = this.#options
    const resolved = resolveReferences(
      given,
      { location, baseDir },
      { env, mode: 'check', dataDir: null },
    )
    const schema = settingsSchema.pick({ dataDir: true, host: true, port: true })
    const checked = await checkValue(schema, resolved.value, { location, resolved })
    const faults = [...resolved.faults, ...(checked.ok ? [] : checked.faults)]
    if (!checked.ok || faults.length > 0) throw configError(faults, baseDir)
    return checked.value[key] as SettingsForm[Key]
  }

  #config() {
    const { cwd, file } = this.#options
    const modules = new ModuleLoad()
    this.#read ??=
      file === undefined ? findConfig(cwd, modules) : readConfigFile(resolve(cwd, file), modules)
    return this.#read
  }
}
