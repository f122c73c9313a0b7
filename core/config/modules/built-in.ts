import { extname } from 'node:path'
import type { PluginDefinition, RunningConfig } from '../../contracts/config.ts'
import type { Reference } from '../../contracts/plugin.ts'
import type { SourceDefinition } from '../../contracts/source.ts'
import type { StoreUse } from '../../contracts/store.ts'
import { nativeImport } from './native-import.ts'
import { definitionsOf, FOLDERS, KINDS, type PluginKind } from './plugin-definitions.ts'

/** The function that a config calls to use a built-in store. It takes the store's location. */
export type BuiltInStore = (location: string | Reference) => StoreUse

/** Every plugin that a config can name: built-in ones, those of its folders and packages, and those that its code imports. */
export async function allDefinitions(config: RunningConfig): Promise<readonly PluginDefinition[]> {
  const { sources, programs, store, tunnel } = config
  const used = [...sources.values(), ...programs.values(), store, ...(tunnel ? [tunnel] : [])]
  const all = [
    ...(await builtInDefinitions()),
    ...config.plugins,
    ...used.map(({ definition }) => definition),
  ]
  const byName = new Map(
    all.map((definition) => [`${definition.kind} ${definition.name}`, definition]),
  )
  return [...byName.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/** Every built-in plugin. Imports each of them. */
export async function builtInDefinitions(): Promise<readonly PluginDefinition[]> {
  const exported = await Promise.all(KINDS.map(exportsOf))
  return exported.flatMap((values) => definitionsOf(values) as readonly PluginDefinition[])
}

/** All built-in sources, whether a config uses them or not. Imports each of them. */
export async function builtInSources(): Promise<readonly SourceDefinition[]> {
  return definitionsOf(await exportsOf('source')) as readonly SourceDefinition[]
}

/** All built-in stores by name. */
export async function builtInStores(): Promise<ReadonlyMap<string, BuiltInStore>> {
  const entries = Object.values(await exportsOf('store')).flatMap((value) =>
    definitionsOf({ value }).map(({ name }) => [name, value as BuiltInStore] as const),
  )
  return new Map(entries)
}

function exportsOf(kind: PluginKind): Promise<Record<string, unknown>> {
  const barrel = `../../../plugins/${FOLDERS[kind]}/index${extname(import.meta.url)}`
  return nativeImport(new URL(barrel, import.meta.url).href)
}
