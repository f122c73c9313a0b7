import type { ExecutorDefinition } from '../../contracts/executor.ts'
import type { SourceDefinition } from '../../contracts/source.ts'
import type { StoreDefinition } from '../../contracts/store.ts'
import type { TunnelDefinition } from '../../contracts/tunnel.ts'

/** The definition of each kind of plugin. */
export interface Definitions {
  readonly source: SourceDefinition
  readonly executor: ExecutorDefinition
  readonly store: StoreDefinition
  readonly tunnel: TunnelDefinition
}
export type PluginKind = keyof Definitions

/** Every kind of plugin. */
export const KINDS = ['source', 'executor', 'store', 'tunnel'] as const

/** Folder of each kind in a folder of plugins. */
export const FOLDERS = {
  source: 'sources',
  executor: 'executors',
  store: 'stores',
  tunnel: 'tunnels',
} as const

/** Message for a definition that `isWhole` refuses; `from` is its file or package. */
export function unfinished({ kind, name }: FoundDefinition, from: string): string {
  return `${from}: the ${kind} \`${name}\` needs \`options\` (a zod object) and \`create\``
}

/** `a source`, `an executor`. */
export function withArticle(kind: unknown): string {
  return kind === 'executor' ? 'an executor' : `a ${String(kind)}`
}

/** A definition before it is checked. */
export interface FoundDefinition {
  readonly kind: PluginKind
  readonly name: string
}

/** Whether a definition has what a config needs. Checked by shape, not by class: it may come from another copy of zod. */
export function isWhole(definition: object): boolean {
  const { options, create } = definition as { options?: unknown; create?: unknown }
  const isSchema = typeof options === 'object' && options !== null && 'shape' in options
  return isSchema && 'safeParseAsync' in options && typeof create === 'function'
}

/** The definitions among a module's exports. */
export function definitionsOf(exported: Record<string, unknown>): readonly FoundDefinition[] {
  return Object.values(exported).flatMap((value) => {
    if ((typeof value !== 'function' && typeof value !== 'object') || value === null) return []
    const definition = (value as { definition?: Partial<FoundDefinition> | null }).definition
    if (typeof definition !== 'object' || definition === null) return []
    const { kind, name } = definition
    const isPlugin = kind !== undefined && KINDS.includes(kind) && typeof name === 'string'
    return isPlugin ? [definition as FoundDefinition] : []
  })
}
