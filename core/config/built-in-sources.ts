import { extname } from 'node:path'
import type { SourceDefinition } from '../contracts/source.ts'
import { nativeImport } from './native-import.ts'

const BARREL = new URL(`../../plugins/sources/index${extname(import.meta.url)}`, import.meta.url)

/** All sources that come with Hookline, used by a config or not; each is imported. */
export async function builtInSources(): Promise<readonly SourceDefinition[]> {
  const exported = Object.values(await nativeImport(BARREL.href))
  return exported.flatMap((value) => {
    const { definition } = value as { readonly definition?: SourceDefinition }
    return definition?.kind === 'source' ? [definition] : []
  })
}
