import { basename, dirname, extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ExecutorDefinition } from '../contracts/executor.ts'
import type { SourceDefinition } from '../contracts/source.ts'
import type { StoreDefinition } from '../contracts/store.ts'
import { nearestName } from '../kit/nearest-name.ts'
import { type Fault, faultAt, type Place } from './fault.ts'
import { findFiles } from './find-files.ts'
import { importFault, importFaultText } from './import-fault.ts'
import type { ModuleLoad } from './module-hooks.ts'
import { nativeImport } from './native-import.ts'

export interface Definitions {
  readonly source: SourceDefinition
  readonly executor: ExecutorDefinition
  readonly store: StoreDefinition
}
export type PluginKind = keyof Definitions

const KINDS = ['source', 'executor', 'store'] as const
const FOLDERS = { source: 'sources', executor: 'executors', store: 'stores' } as const
const BUILT_IN_ROOT = fileURLToPath(new URL('../../plugins/', import.meta.url))
const EXTENSION = extname(import.meta.url)
const USER_PATTERNS = ['', '{sources,executors,stores}/'].flatMap((folder) => [
  `${folder}*.{ts,mts,js,mjs}`,
  `${folder}*/index.{ts,mts,js,mjs}`,
])
const NO_PLUGIN = /\.(d\.m?ts|(test|spec)\.m?[jt]s)$/

/** Plugins by kind and name: the built-in ones, and those in the folders that a config names. */
export class Plugins {
  readonly #user = new Map<string, { definition: object; file: string }>()
  readonly #builtIn = new Map<string, string>()
  readonly #modules: ModuleLoad

  private constructor(modules: ModuleLoad) {
    this.#modules = modules
  }

  /** Finds all plugins and imports the user's. Built-in ones are imported when they are asked for. */
  static async find(
    folders: readonly { readonly folder: string; readonly place: Place }[],
    modules: ModuleLoad,
  ): Promise<{ plugins: Plugins; faults: readonly Fault[] }> {
    const plugins = new Plugins(modules)
    for (const kind of KINDS) await plugins.#findBuiltIn(kind)
    const faults: Fault[] = []
    for (const { folder, place } of folders)
      faults.push(...(await plugins.#addFolder(folder, place)))
    return { plugins, faults }
  }

  /** The definition of a plugin, or why there is none. */
  async definition<Kind extends PluginKind>(
    kind: Kind,
    name: string,
    place: Place,
  ): Promise<Definitions[Kind] | Fault> {
    const user = this.#user.get(key(kind, name))
    if (user !== undefined) return user.definition as Definitions[Kind]
    const file = this.#builtIn.get(key(kind, name))
    if (file === undefined) return this.#unknown(kind, name, place)
    try {
      const found = definitionsOf(await nativeImport(pathToFileURL(file).href))
      const definition = found.find((entry) => entry.kind === kind && entry.name === name)
      if (definition !== undefined) return definition as Definitions[Kind]
      return faultAt(place, 'plugin_broken', { message: `${file} has no ${kind} \`${name}\`` })
    } catch (error) {
      const message = importFaultText(importFault(error, file, []))
      return faultAt(place, 'plugin_broken', { message })
    }
  }

  async #findBuiltIn(kind: PluginKind): Promise<void> {
    for (const pattern of [
      `${FOLDERS[kind]}/*${EXTENSION}`,
      `${FOLDERS[kind]}/*/index${EXTENSION}`,
    ]) {
      for (const file of await findFiles(pattern, BUILT_IN_ROOT)) {
        const name = basename(file, EXTENSION)
        const word = name === 'index' ? basename(dirname(file)) : name
        if (word !== FOLDERS[kind]) this.#builtIn.set(key(kind, word), file)
      }
    }
  }

  async #addFolder(folder: string, place: Place): Promise<readonly Fault[]> {
    const found = await Promise.all(USER_PATTERNS.map((pattern) => findFiles(pattern, folder)))
    const files = found.flat().filter((file) => !NO_PLUGIN.test(file))
    if (files.length === 0) {
      return [faultAt(place, 'option_invalid', { message: `there is no plugin in ${folder}` })]
    }
    const faults: Fault[] = []
    for (const file of files) faults.push(...(await this.#addFile(file, place)))
    return faults
  }

  async #addFile(file: string, place: Place): Promise<readonly Fault[]> {
    try {
      const found = definitionsOf(await this.#modules.import(file, 'changed'))
      return found.flatMap((definition) => this.#addDefinition(definition, file, place))
    } catch (error) {
      const message = importFaultText(importFault(error, file, this.#modules.files()))
      return [faultAt(place, 'plugin_broken', { message })]
    }
  }

  #addDefinition(definition: FoundDefinition, file: string, place: Place): readonly Fault[] {
    const { kind, name } = definition
    const other = this.#user.get(key(kind, name))
    if (other?.definition === definition) return []
    const otherFile = other?.file ?? this.#builtIn.get(key(kind, name))
    if (otherFile !== undefined) {
      const message = `the ${kind} \`${name}\` is in ${file} and in ${otherFile}`
      return [faultAt(place, 'plugin_clash', { message })]
    }
    if (!isWhole(definition)) {
      const message = `${file}: the ${kind} \`${name}\` needs \`options\` (a zod object) and \`create\``
      return [faultAt(place, 'plugin_broken', { message })]
    }
    this.#user.set(key(kind, name), { definition, file })
    return []
  }

  #unknown(kind: PluginKind, name: string, place: Place): Fault {
    const all = [...this.#user.keys(), ...this.#builtIn.keys()].map((entry) => entry.split(' '))
    const names = all.filter(([otherKind]) => otherKind === kind).map(([, other]) => other ?? '')
    const other = all.find(([otherKind, otherName]) => otherKind !== kind && otherName === name)
    const near = nearestName(name, names)
    const remedy =
      near !== null
        ? `Did you mean \`${near}\`?`
        : `There are: ${names.toSorted().join(', ')}. Others come from folders in \`plugins\`.`
    const message = `there is no ${kind} \`${name}\`${other ? `; that is ${withArticle(other[0])}` : ''}`
    return faultAt(place, 'plugin_unknown', { message, remedy })
  }
}

/** `a source`, `an executor`. */
export function withArticle(kind: unknown): string {
  return kind === 'executor' ? 'an executor' : `a ${String(kind)}`
}

interface FoundDefinition {
  readonly kind: PluginKind
  readonly name: string
}

/** Whether a definition has what a config needs of it. By shape, not by class: it may be of another copy. */
export function isWhole(definition: object): boolean {
  const { options, create } = definition as { options?: unknown; create?: unknown }
  const isSchema = typeof options === 'object' && options !== null && 'shape' in options
  return isSchema && 'safeParseAsync' in options && typeof create === 'function'
}

function definitionsOf(exported: Record<string, unknown>): readonly FoundDefinition[] {
  return Object.values(exported).flatMap((value) => {
    if ((typeof value !== 'function' && typeof value !== 'object') || value === null) return []
    const definition = (value as { definition?: Partial<FoundDefinition> | null }).definition
    if (typeof definition !== 'object' || definition === null) return []
    const { kind, name } = definition
    const isPlugin = kind !== undefined && KINDS.includes(kind) && typeof name === 'string'
    return isPlugin ? [definition as FoundDefinition] : []
  })
}

function key(kind: PluginKind, name: string): string {
  return `${kind} ${name}`
}
