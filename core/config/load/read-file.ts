import { existsSync, globSync, lstatSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { type CosmiconfigResult, cosmiconfig, type Loader } from 'cosmiconfig'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { isRecord } from '../../kit/is-record.ts'
import { importFault } from '../modules/import-fault.ts'
import type { ModuleLoad } from '../modules/module-hooks.ts'
import { parseJsonFile, parseYamlFile, unreadable } from './data-file.ts'

/** A config file or a drop-in file with its content. */
export interface ReadFile {
  readonly file: string
  readonly value: unknown
}

export interface FoundConfig extends ReadFile {
  /** Other config files in the same folder. */
  readonly unused: readonly string[]
}

const NAME = 'webhook'
const CODE = ['ts', 'mts', 'js', 'mjs', 'cjs']
const ENDINGS = [...CODE, 'json', 'yaml', 'yml']
/** Names of config files, in the order in which they are looked for. `package.json` comes last. */
const CONFIG_FILES = [
  ...ENDINGS.map((ending) => `${NAME}.config.${ending}`),
  `.${NAME}rc`,
  ...ENDINGS.map((ending) => `.${NAME}rc.${ending}`),
]
const IN_A_FORMAT = `as TypeScript, JSON or YAML: .${ENDINGS.join(', .')}`

/**
 * Finds and reads the config of a folder, or of the nearest folder above it, up to the home folder or the root.
 * Throws `config_unreadable`, `config_untrusted`, or `config_missing` where there is none.
 */
export async function findConfig(folder: string, modules: ModuleLoad): Promise<FoundConfig> {
  const found = await explorer(modules, (file) => checkOwner(file, folder)).search(folder)
  const ends = [homedir(), found === null ? '' : dirname(found.filepath)]
  const present = foldersUp(folder, ends)
    .flatMap((above) => CONFIG_FILES.map((name) => join(above, name)))
    .filter((file) => existsSync(file))
  const [nearest] = present
  // The library skips files that it may not read, and would take the next config instead.
  if (nearest !== undefined && nearest !== found?.filepath) {
    throw unreadable(nearest, null, 'the file cannot be read', { remedy: readingRemedy(nearest) })
  }
  if (found !== null) return { ...contentOf(found), unused: present.slice(1) }
  const where = `${folder} or a folder above it`
  const message = `There is no ${NAME}.config.* in ${where}.`
  throw new HooklineError('config_missing', message, otherEnding(folder))
}

/** Reads one file by its ending. Throws `config_unreadable`, or `config_missing` where it is not there. */
export async function readConfigFile(file: string, modules: ModuleLoad): Promise<ReadFile> {
  if (!existsSync(file)) throw new HooklineError('config_missing', `${file} does not exist.`)
  checkEnding(file)
  try {
    const found = await explorer(modules).load(file)
    if (found === null) {
      const remedy = `Put the config under the key \`${NAME}\` of this file.`
      throw unreadable(file, null, `it has no key \`${NAME}\``, { remedy })
    }
    return contentOf(found)
  } catch (error) {
    if (isHooklineError(error)) throw error
    const reason = error instanceof Error ? error.message : 'it cannot be read'
    throw unreadable(file, null, reason, { cause: error, remedy: readingRemedy(file) })
  }
}

// Such as webhook.config.toml.
function otherEnding(folder: string): { readonly remedy?: string } {
  const other = globSync(`${NAME}.config.*`, { cwd: folder })[0]
  if (other === undefined) return {}
  return { remedy: `Write ${other} ${IN_A_FORMAT}.` }
}

function checkEnding(file: string): void {
  const ending = extname(file).slice(1)
  if (ending === '' || ENDINGS.includes(ending) || statSync(file).isDirectory()) return
  const remedy = `Write it ${IN_A_FORMAT}.`
  throw unreadable(file, null, `a config cannot end in .${ending}`, { remedy })
}

/** `check` is called before a file is read or run. */
function explorer(modules: ModuleLoad, check: (file: string) => void = () => {}) {
  // Wrapped, so that the library does not take a key of ours (`$import`) for its own.
  const code: Loader = async (file) => ({ value: await importDefault(file, modules) })
  const yaml: Loader = async (file, text) => ({ value: await parseYamlFile(file, text) })
  const json: Loader = async (file, text) => {
    const value = await parseJsonFile(file, text)
    if (basename(file) !== 'package.json') {
      check(file)
      return { value }
    }
    if (!isRecord(value) || !(NAME in value)) return {}
    check(file)
    return { [NAME]: { value: value[NAME] } }
  }
  const checked =
    (load: Loader): Loader =>
    (file, text) => {
      check(file)
      return load(file, text)
    }
  return cosmiconfig(NAME, {
    searchPlaces: [...CONFIG_FILES, 'package.json'],
    searchStrategy: 'global',
    ignoreEmptySearchPlaces: false,
    cache: false,
    loaders: {
      ...Object.fromEntries(CODE.map((ending) => [`.${ending}`, checked(code)])),
      '.json': json,
      '.yaml': checked(yaml),
      '.yml': checked(yaml),
      noExt: checked(yaml),
    },
  })
}

/**
 * Refuses a config of another user in a folder above: whoever may write to `/tmp` could run code as anybody who works
 * below it. `package.json` is checked only where it holds a config.
 */
function checkOwner(file: string, folder: string): void {
  const user = process.geteuid?.()
  if (user === undefined || dirname(file) === folder) return
  const owners = [lstatSync(file).uid, statSync(file).uid]
  const foreign = owners.find((owner) => owner !== user && owner !== 0)
  if (foreign === undefined) return
  throw new HooklineError(
    'config_untrusted',
    `${file} was found above ${folder}, and belongs to the user with the id ${foreign}, not to this one (${user}).`,
    { remedy: `If it is to be used, name it: --config ${file}` },
  )
}

async function importDefault(file: string, modules: ModuleLoad): Promise<unknown> {
  let exported: Record<string, unknown>
  try {
    exported = await modules.import(file, modules.freshness)
  } catch (error) {
    const fault = importFault(error, file, modules.files())
    const { file: at, line, message, remedy } = fault
    throw unreadable(at, line, message, { cause: error, remedy })
  }
  if (!('default' in exported)) {
    const remedy = 'Export the config: `export default defineConfig({ … })`.'
    throw unreadable(file, null, 'it has no default export', { remedy })
  }
  return exported['default']
}

function contentOf(found: NonNullable<CosmiconfigResult>): ReadFile {
  if (found.isEmpty) {
    const remedy =
      'Remove it, and let `hookline init` write one. It needs at least a source, a program and a rule.'
    throw unreadable(found.filepath, null, 'the file is empty', { remedy })
  }
  return { file: found.filepath, value: found.config.value }
}

/** A folder and those above it, up to the first of `ends` or the root. */
function foldersUp(folder: string, ends: readonly string[]): readonly string[] {
  const above = dirname(folder)
  if (ends.includes(folder) || above === folder) return [folder]
  return [folder, ...foldersUp(above, ends)]
}

function readingRemedy(file: string): string {
  if (statSync(file).isDirectory())
    return 'This is a folder. Rename it, or name another file with --config.'
  return 'Let the user who runs Hookline read it: see its owner and mode with `ls -l`.'
}
