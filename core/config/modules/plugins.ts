import { existsSync, readdirSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { PluginDefinition } from '../../contracts/config.ts'
import { nearestName } from '../../kit/nearest-name.ts'
import { type ConfigLocation, type Fault, faultAt } from '../fault.ts'
import { findFiles } from '../load/find-files.ts'
import { importFault, importFaultText } from './import-fault.ts'
import type { ModuleLoad } from './module-hooks.ts'
import { nativeImport } from './native-import.ts'
import {
  type Definitions,
  definitionsOf,
  FOLDERS,
  type FoundDefinition,
  isWhole,
  KINDS,
  type PluginKind,
  unfinished,
  withArticle,
} from './plugin-definitions.ts'
import { findPackage, isPackageName, misfit, packageNameFor } from './plugin-package.ts'

const BUILT_IN_ROOT = fileURLToPath(new URL('../../../plugins/', import.meta.url))
const EXTENSION = extname(import.meta.url)
const USER_PATTERNS = ['', '{sources,executors,stores,tunnels}/'].flatMap((folder) => [
  `${folder}*.{ts,mts,js,mjs}`,
  `${folder}*/index.{ts,mts,js,mjs}`,
])
const NO_PLUGIN = /\.(d\.m?ts|(test|spec)\.m?[jt]s)$/

/** Where to search for the plugins of a config. */
export interface PluginSearch {
  /** Folders and packages in `plugins` of the config. */
  readonly named: readonly { readonly text: string; readonly location: ConfigLocation }[]
  /** Folder of the config. Relative paths and the search for packages start here. */
  readonly baseDir: string
  readonly modules: ModuleLoad
}

/**
 * Plugins by kind and name: from the folders and packages that a config names, built-in ones, and then from
 * `hookline-plugin-{name}`, if that package is installed.
 */
export class Plugins {
  readonly #user = new Map<string, { definition: object; from: string }>()
  readonly #builtIn = new Map<string, string>()
  /** Built-in plugins that were imported. Many parts of a config use the same one. */
  readonly #imported = new Map<string, FoundDefinition>()
  readonly #search: PluginSearch

  private constructor(search: PluginSearch) {
    this.#search = search
  }

  /** Finds all plugins and imports those that the config names. The others are imported when they are used. */
  static async find(search: PluginSearch): Promise<{ plugins: Plugins; faults: readonly Fault[] }> {
    const plugins = new Plugins(search)
    for (const kind of KINDS) plugins.#findBuiltIn(kind)
    const faults: Fault[] = []
    for (const { text, location } of search.named) {
      const found = isPackageName(text)
        ? await plugins.#addPackage(text, location)
        : await plugins.#addFolder(resolve(search.baseDir, text), location)
      faults.push(...found)
    }
    return { plugins, faults }
  }

  /** Plugins in the folders and packages that the config names. */
  get named(): readonly PluginDefinition[] {
    return [...this.#user.values()].map(({ definition }) => definition as PluginDefinition)
  }

  /** The definition of a plugin, or a fault if there is none. */
  async definition<Kind extends PluginKind>(
    kind: Kind,
    name: string,
    location: ConfigLocation,
  ): Promise<Definitions[Kind] | Fault> {
    const user = this.#user.get(key(kind, name))
    if (user !== undefined) {
      const clash = await this.#clashWithPackage(kind, name, { user, location })
      return clash ?? (user.definition as Definitions[Kind])
    }
    const imported = this.#imported.get(key(kind, name))
    if (imported !== undefined) return imported as Definitions[Kind]
    const file = this.#builtIn.get(key(kind, name))
    if (file === undefined) return this.#installed(kind, name, location)
    try {
      const found = definitionsOf(await nativeImport(pathToFileURL(file).href))
      const definition = found.find((entry) => entry.kind === kind && entry.name === name)
      if (definition !== undefined) {
        this.#imported.set(key(kind, name), definition)
        return definition as Definitions[Kind]
      }
      return faultAt(location, 'plugin_broken', { message: `${file} has no ${kind} \`${name}\`` })
    } catch (error) {
      const message = importFaultText(importFault(error, file, []))
      return faultAt(location, 'plugin_broken', { message })
    }
  }

  /** The fault of a plugin in a folder if the package with its name, which `plugins` does not list, has one too. */
  async #clashWithPackage(
    kind: PluginKind,
    name: string,
    { user, location }: { readonly user: { from: string }; readonly location: ConfigLocation },
  ): Promise<Fault | null> {
    const packageName = packageNameFor(name)
    if (packageName === null || isPackageName(user.from)) return null
    // Where it is listed, the clash has been found already.
    if (this.#search.named.some(({ text }) => text === packageName)) return null
    if (findPackage(packageName, this.#search.baseDir) === null) return null
    const found = await this.#importPackage(packageName, location)
    const isThere =
      !('code' in found) && found.some((one) => one.kind === kind && one.name === name)
    if (!isThere) return null
    const message = `the ${kind} \`${name}\` is in ${user.from} and in the package ${packageName}`
    return faultAt(location, 'plugin_clash', { message })
  }

  /** A plugin of the package with its name, which `plugins` does not list. */
  async #installed<Kind extends PluginKind>(
    kind: Kind,
    name: string,
    location: ConfigLocation,
  ): Promise<Definitions[Kind] | Fault> {
    const packageName = packageNameFor(name)
    if (packageName === null || findPackage(packageName, this.#search.baseDir) === null) {
      return this.#unknown(kind, name, location)
    }
    const found = await this.#importPackage(packageName, location)
    if ('code' in found) return found
    const definition = found.find((entry) => entry.kind === kind && entry.name === name)
    if (definition !== undefined && isWhole(definition)) return definition as Definitions[Kind]
    const message =
      definition === undefined
        ? `${packageName} has no ${kind} \`${name}\``
        : unfinished(definition, packageName)
    return faultAt(location, 'plugin_broken', { message })
  }

  async #addPackage(name: string, location: ConfigLocation): Promise<readonly Fault[]> {
    const found = await this.#importPackage(name, location)
    if ('code' in found) return [found]
    return found.flatMap((definition) => this.#addDefinition(definition, name, location))
  }

  async #importPackage(
    name: string,
    location: ConfigLocation,
  ): Promise<readonly FoundDefinition[] | Fault> {
    const { baseDir, modules } = this.#search
    const installed = findPackage(name, baseDir)
    if (installed === null) {
      const message = `the package ${name} is not installed in ${baseDir}`
      return faultAt(location, 'plugin_unknown', { message, remedy: `Run: npm install ${name}` })
    }
    const reason = await misfit(installed)
    if (reason !== null) return faultAt(location, 'plugin_incompatible', { message: reason })
    try {
      const found = definitionsOf(await modules.importPackage(name, baseDir))
      if (found.length > 0) return found
      return faultAt(location, 'plugin_broken', { message: `${name} exports no plugin` })
    } catch (error) {
      const { message } = importFault(error, installed.file, [])
      return faultAt(location, 'plugin_broken', { message: `${name}: ${message}` })
    }
  }

  #findBuiltIn(kind: PluginKind): void {
    const folder = join(BUILT_IN_ROOT, FOLDERS[kind])
    for (const name of readdirSync(folder)) {
      const file = join(folder, name, `index${EXTENSION}`)
      if (existsSync(file)) this.#builtIn.set(key(kind, name), file)
    }
  }

  async #addFolder(folder: string, location: ConfigLocation): Promise<readonly Fault[]> {
    const found = await Promise.all(USER_PATTERNS.map((pattern) => findFiles(pattern, folder)))
    const files = found.flat().filter((file) => !NO_PLUGIN.test(file))
    if (files.length === 0) {
      return [faultAt(location, 'option_invalid', { message: `there is no plugin in ${folder}` })]
    }
    const faults: Fault[] = []
    for (const file of files) faults.push(...(await this.#addFile(file, location)))
    return faults
  }

  async #addFile(file: string, location: ConfigLocation): Promise<readonly Fault[]> {
    const { modules } = this.#search
    try {
      const found = definitionsOf(await modules.import(file, 'changed'))
      return found.flatMap((definition) => this.#addDefinition(definition, file, location))
    } catch (error) {
      const message = importFaultText(importFault(error, file, modules.files()))
      return [faultAt(location, 'plugin_broken', { message })]
    }
  }

  #addDefinition(
    definition: FoundDefinition,
    from: string,
    location: ConfigLocation,
  ): readonly Fault[] {
    const { kind, name } = definition
    const other = this.#user.get(key(kind, name))
    if (other?.definition === definition) return []
    const otherFrom = other?.from ?? this.#builtIn.get(key(kind, name))
    if (otherFrom !== undefined) {
      const message = `the ${kind} \`${name}\` is in ${from} and in ${otherFrom}`
      return [faultAt(location, 'plugin_clash', { message })]
    }
    if (!isWhole(definition)) {
      return [faultAt(location, 'plugin_broken', { message: unfinished(definition, from) })]
    }
    this.#user.set(key(kind, name), { definition, from })
    return []
  }

  #unknown(kind: PluginKind, name: string, location: ConfigLocation): Fault {
    const all = [...this.#user.keys(), ...this.#builtIn.keys()].map((entry) => entry.split(' '))
    const names = all.filter(([otherKind]) => otherKind === kind).map(([, other]) => other ?? '')
    const other = all.find(([otherKind, otherName]) => otherKind !== kind && otherName === name)
    const near = nearestName(name, names)
    const remedy =
      near !== null
        ? `Did you mean \`${near}\`?`
        : `There are: ${names.toSorted().join(', ')}. Others come from folders and packages in \`plugins\`.`
    const message = `there is no ${kind} \`${name}\`${other ? `; that is ${withArticle(other[0])}` : ''}`
    return faultAt(location, 'plugin_unknown', { message, remedy })
  }
}

function key(kind: PluginKind, name: string): string {
  return `${kind} ${name}`
}
