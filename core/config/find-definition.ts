import { below, faultAt, type Place } from './fault.ts'
import type { Said } from './layers.ts'
import type { Load } from './load-options.ts'
import { type Definitions, isWhole, type PluginKind, withArticle } from './plugin-definitions.ts'
import type { Plugins } from './plugins.ts'
import type { UseForm } from './schema.ts'

/** The plugin of a use: the one it brings, or the one of its name. Null where there is none; the load then has the fault. */
export async function findDefinition<Kind extends PluginKind>(
  kind: Kind,
  said: Said<UseForm>,
  { load, plugins }: { readonly load: Load; readonly plugins: Plugins },
): Promise<Definitions[Kind] | null> {
  const { definition, use } = said.value
  const place: Place = below(said.place, 'use')
  if (definition === undefined) {
    const found = await plugins.definition(kind, use, place)
    if (!('code' in found)) return found
    load.faults.push(found)
    return null
  }
  const brought = definition as Definitions[Kind]
  if (brought.kind === kind && isWhole(brought)) return brought
  const message =
    brought.kind === kind
      ? `the ${kind} \`${use}\` needs \`options\` (a zod object) and \`create\``
      : `\`${use}\` is ${withArticle(brought.kind)}, and here stands ${withArticle(kind)}`
  load.faults.push(
    faultAt(place, brought.kind === kind ? 'plugin_broken' : 'option_invalid', { message }),
  )
  return null
}
