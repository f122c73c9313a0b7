import { extname } from 'node:path'
import type { Reference } from '../contracts/plugin.ts'
import type { StoreUse } from '../contracts/store.ts'
import { nativeImport } from './native-import.ts'

const BARREL = new URL(`../../plugins/stores/index${extname(import.meta.url)}`, import.meta.url)

/** A store that comes with Hookline, as a config calls it: with where its data is. */
export type BuiltInStore = (place: string | Reference) => StoreUse

/** By name. */
export async function builtInStores(): Promise<ReadonlyMap<string, BuiltInStore>> {
  const exported = Object.values(await nativeImport(BARREL.href))
  return new Map(
    exported.flatMap((value) => {
      const { definition } = value as { definition?: { kind?: string; name?: string } }
      if (definition?.kind !== 'store' || definition.name === undefined) return []
      return [[definition.name, value as BuiltInStore] as const]
    }),
  )
}
