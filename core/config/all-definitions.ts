import { extname } from 'node:path'
import type { PluginDefinition, RunningConfig } from '../contracts/config.ts'
import { nativeImport } from './native-import.ts'
import { definitionsOf, KINDS } from './plugin-definitions.ts'

const FOLDERS = { source: 'sources', executor: 'executors', store: 'stores' } as const

/** Every plugin that a config can name: those that come with Hookline, those of its folders, and those that its code brings. */
export async function allDefinitions(config: RunningConfig): Promise<readonly PluginDefinition[]> {
  const own = await Promise.all(KINDS.map((kind) => builtIn(FOLDERS[kind])))
  const used = [...config.sources.values(), ...config.programs.values(), config.store]
  const all = [...own.flat(), ...config.plugins, ...used.map(({ definition }) => definition)]
  const byName = new Map(
    all.map((definition) => [`${definition.kind} ${definition.name}`, definition]),
  )
  return [...byName.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

async function builtIn(folder: string): Promise<readonly PluginDefinition[]> {
  const barrel = new URL(
    `../../plugins/${folder}/index${extname(import.meta.url)}`,
    import.meta.url,
  )
  return definitionsOf(await nativeImport(barrel.href)) as readonly PluginDefinition[]
}
