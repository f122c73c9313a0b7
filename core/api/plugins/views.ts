import { firstOptions } from '../../config/schema/first-options.ts'
import type { PluginDefinition } from '../../contracts/config.ts'
import type { Settings } from '../../settings/settings.ts'

const KINDS = { source: 'source', executor: 'program', store: 'store', tunnel: 'tunnel' } as const

/** A plugin as the API lists it. The schema of its options is in `GET /api/config/schema`. */
export function pluginView(definition: PluginDefinition, managed: Settings['managed']) {
  const { kind, name, summary } = definition
  const isSource = kind === 'source'
  const isDocumented = isSource || kind === 'tunnel'
  return {
    kind: KINDS[kind],
    name,
    summary,
    documentation: (isDocumented ? definition.documentation : undefined) ?? null,
    /** Whether the API can create a part that uses it. */
    manageable: isManageable(definition, managed),
    /** The event types that a source documents. */
    events: isSource ? Object.keys(definition.events).filter((type) => type !== '*') : [],
    /** Whether somebody sends what the source takes. */
    hasSender: isSource && definition.hasSender !== false,
    setup: (isSource ? definition.setup : undefined) ?? null,
    needs: isSource
      ? firstOptions(definition).map(({ isSecret, isList, isGenerated, ...option }) => {
          return { ...option, secret: isSecret, list: isList, generated: isGenerated }
        })
      : [],
    presets: isSource
      ? Object.entries(definition.presets ?? {}).map(([preset, one]) => ({
          name: preset,
          title: one.title,
          documentation: one.documentation,
          setup: one.setup,
          generated: one.generates === true,
        }))
      : [],
  }
}

export type PluginView = ReturnType<typeof pluginView>

function isManageable(definition: PluginDefinition, managed: Settings['managed']): boolean {
  if (definition.kind === 'source') return managed.sources
  return definition.kind === 'executor' && managed.programs && definition.permissions !== undefined
}
