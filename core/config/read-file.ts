import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { cosmiconfig, type Loader } from 'cosmiconfig'
import { HooklineError, isHooklineError } from '../kit/errors.ts'
import { parseJsonFile, parseYamlFile, unreadable } from './data-file.ts'
import { importFault } from './import-fault.ts'
import type { ModuleLoad } from './module-hooks.ts'

/** What a config file or a drop-in file says. */
export interface ReadFile {
  readonly file: string
  readonly value: unknown
}

const CODE = ['ts', 'mts', 'js', 'mjs', 'cjs']
const DATA = ['json', 'yaml', 'yml']

/** Names under which a config is looked for, the first found being used. */
export const CONFIG_NAMES: readonly string[] = [...CODE, ...DATA].map(
  (extension) => `webhook.config.${extension}`,
)

/** Finds the config of a folder (not of folders above: whose it would be is easily mistaken) and reads it. */
export async function findConfig(folder: string, modules: ModuleLoad): Promise<ReadFile> {
  const found = await explorer(modules).search(folder)
  if (found !== null) return unwrapped(found)
  const present = CONFIG_NAMES.map((name) => join(folder, name)).find((file) => existsSync(file))
  if (present !== undefined)
    throw unreadable(present, null, 'the file is empty, or may not be read')
  throw new HooklineError('config_missing', `There is no webhook.config.* in ${folder}.`)
}

/** Reads one file by its ending. Throws `config_unreadable`, or `config_missing` where it is not there. */
export async function readConfigFile(file: string, modules: ModuleLoad): Promise<ReadFile> {
  if (!existsSync(file)) throw new HooklineError('config_missing', `${file} does not exist.`)
  try {
    const found = await explorer(modules).load(file)
    if (found === null || found.isEmpty === true) throw unreadable(file, null, 'the file is empty')
    return unwrapped(found)
  } catch (error) {
    if (isHooklineError(error)) throw error
    throw unreadable(
      file,
      null,
      error instanceof Error ? error.message : 'it cannot be read',
      error,
    )
  }
}

/** Other config files beside the one that is used. */
export function unusedConfigs(folder: string, used: string): readonly string[] {
  return CONFIG_NAMES.map((name) => join(folder, name)).filter(
    (file) => file !== resolve(used) && existsSync(file),
  )
}

function explorer(modules: ModuleLoad) {
  // Wrapped, so that the library does not take keys of ours (`$import`) for its own.
  const code: Loader = async (file) => ({ value: await importDefault(file, modules) })
  const json: Loader = (file, text) => ({ value: parseJsonFile(file, text) })
  const yaml: Loader = (file, text) => ({ value: parseYamlFile(file, text) })
  return cosmiconfig('webhook', {
    searchPlaces: [...CONFIG_NAMES],
    searchStrategy: 'none',
    cache: false,
    loaders: {
      ...Object.fromEntries(CODE.map((extension) => [`.${extension}`, code])),
      '.json': json,
      '.yaml': yaml,
      '.yml': yaml,
    },
  })
}

async function importDefault(file: string, modules: ModuleLoad): Promise<unknown> {
  let exported: Record<string, unknown>
  try {
    exported = await modules.import(file, modules.freshness)
  } catch (error) {
    const fault = importFault(error, file, modules.files())
    throw unreadable(fault.file, fault.line, fault.message, error)
  }
  if (!('default' in exported)) throw unreadable(file, null, 'it has no default export')
  return exported['default']
}

function unwrapped(found: { filepath: string; config: { value: unknown } }): ReadFile {
  return { file: found.filepath, value: found.config.value }
}
