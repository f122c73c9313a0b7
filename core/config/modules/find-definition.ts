import { below, type ConfigLocation, faultAt } from '../fault.ts'
import type { Declared } from '../load/layers.ts'
import type { Load } from '../load/load-options.ts'
import type { UseForm } from '../schema/config.ts'
import { type Definitions, isWhole, type PluginKind, withArticle } from './plugin-definitions.ts'
import type { Plugins } from './plugins.ts'

/** The plugin of a use: its own `definition`, or the plugin of its name. Null if there is none; the fault goes to the load. */
export async function findDefinition<Kind extends PluginKind>(
  kind: Kind,
  declared: Declared<UseForm>,
  { load, plugins }: { readonly load: Load; readonly plugins: Plugins },
): Promise<Definitions[Kind] | null> {
  const { definition, use } = declared.value
  const location: ConfigLocation = below(declared.location, 'use')
  if (definition === undefined) {
    const found = await plugins.definition(kind, use, location)
    if (!('code' in found)) return found
    load.faults.push(found)
    return null
  }
  const brought = definition as Definitions[Kind]
  if (brought.kind === kind && isWhole(brought)) return brought
  const message =
    brought.kind === kind
      ? `the ${kind} \`${use}\` needs \`options\` (a zod object) and \`create\``
      : `\`${use}\` is ${withArticle(brought.kind)}, but ${withArticle(kind)} is needed here`
  load.faults.push(
    faultAt(location, brought.kind === kind ? 'plugin_broken' : 'option_invalid', { message }),
  )
  return null
}
