import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import {
  programSettingsSchema,
  sourceAccessSchema,
  tunnelCommonSchema,
} from '../../core/config/schema/config.ts'
import type { EventCatalog } from '../../core/contracts/event.ts'
import type { ExecutorDefinition } from '../../core/contracts/executor.ts'
import type { SourceDefinition } from '../../core/contracts/source.ts'
import type { StoreDefinition } from '../../core/contracts/store.ts'
import type { TunnelDefinition } from '../../core/contracts/tunnel.ts'
import { settingsSchema } from '../../core/settings/settings.ts'

type Definition = SourceDefinition | ExecutorDefinition | StoreDefinition | TunnelDefinition

const plugins = join(import.meta.dirname, '../../plugins')

/** The definitions of a kind, by name, from the same folders that the loader reads. */
export async function definitionsOf<Kind extends Definition>(folder: string): Promise<Kind[]> {
  const found = new Map<string, Kind>()
  for (const entry of readdirSync(join(plugins, folder), { withFileTypes: true })) {
    if (entry.name === 'index.ts') continue
    const file = entry.isDirectory() ? `${entry.name}/index.ts` : entry.name
    const module: Record<string, { definition?: Kind }> = await import(join(plugins, folder, file))
    for (const value of Object.values(module)) {
      if (value?.definition !== undefined) found.set(value.definition.name, value.definition)
    }
  }
  return [...found.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

export async function sourcesPage(): Promise<string> {
  const definitions = await definitionsOf<SourceDefinition>('sources')
  const sections = definitions.map((source) =>
    lines(
      `## ${source.name}`,
      '',
      source.summary +
        (source.documentation ? ` ([its documentation](${source.documentation}))` : ''),
      '',
      ...(source.setup === undefined ? [] : [source.setup, '']),
      optionsTable(source.options),
      ...presetLines(source.presets),
      ...catalogLines(source.events),
    ),
  )
  return page('Sources', [
    'Every source also takes the options of the last section. A fact that an event does not have is null. A delivery with several changes is one event for each, with the payload that the sender would have sent for it alone.',
    '',
    ...sections,
    '## Options of every source',
    '',
    optionsTable(sourceAccessSchema),
  ])
}

function presetLines(presets: SourceDefinition['presets'] = {}): readonly string[] {
  const rows = Object.entries(presets).map(([name, { title, documentation, setup }]) => {
    return `| \`${name}\` | [${title}](${documentation}) | ${setup} |`
  })
  if (rows.length === 0) return []
  return [
    '### Presets',
    '',
    '| `preset` | Sender | Its set-up |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ]
}

export async function executorsPage(): Promise<string> {
  const definitions = await definitionsOf<ExecutorDefinition>('executors')
  return page('Executors', [
    'Every program also takes the options of the last section.',
    '',
    ...definitions.map((one) =>
      lines(`## ${one.name}`, '', one.summary, '', optionsTable(one.options)),
    ),
    '## Options of every program',
    '',
    optionsTable(programSettingsSchema),
  ])
}

export async function storesPage(): Promise<string> {
  const definitions = await definitionsOf<StoreDefinition>('stores')
  return page(
    'Stores',
    definitions.map((one) =>
      lines(`## ${one.name}`, '', one.summary, '', optionsTable(one.options)),
    ),
  )
}

export async function tunnelsPage(): Promise<string> {
  const definitions = await definitionsOf<TunnelDefinition>('tunnels')
  const sections = definitions.map(({ name, summary, documentation, options }) => {
    const link = documentation === undefined ? '' : ` ([its documentation](${documentation}))`
    return lines(`## ${name}`, '', summary + link, '', optionsTable(options))
  })
  return page('Tunnels', [
    'Every tunnel also takes the options of the last section.',
    '',
    ...sections,
    '## Options of every tunnel',
    '',
    optionsTable(tunnelCommonSchema),
  ])
}

export function settingsPage(): string {
  return page('Settings', [
    'Beside `sources`, `programs`, `rules`, `mapping`, `store`, `tunnel`, `plugins` and `include`, a config holds these.',
    '',
    optionsTable(settingsSchema),
  ])
}

export function page(title: string, body: readonly string[]): string {
  return `${lines(`# ${title}`, '', ...body).trimEnd()}\n`
}

function catalogLines(events: EventCatalog): string[] {
  return Object.entries(events).flatMap(([type, doc]) => [
    '',
    `**${type === '*' ? 'every event' : `\`${type}\``}**: ${doc.description}`,
    '',
    ...factRows(doc.facts),
  ])
}

function factRows(facts: EventCatalog[string]['facts']): string[] {
  const rows = Object.entries(facts).map(
    ([name, fact]) => `| \`${name}\` | ${fact.type} | ${cell(fact.description)} |`,
  )
  return rows.length === 0 ? [] : ['| Fact | Type | |', '| --- | --- | --- |', ...rows]
}

export interface Property {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Property[]
  readonly items?: Property
  readonly properties?: Readonly<Record<string, Property>>
  readonly required?: readonly string[]
}

function optionsTable(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Property
  const rows = optionRows(json, '')
  if (rows.length === 0) return 'It has no options.'
  return lines('| Option | Type | Default | |', '| --- | --- | --- | --- |', ...rows).trimEnd()
}

export function optionRows(json: Property, prefix: string): string[] {
  return Object.entries(json.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix + name
    const isRequired = json.required?.includes(name) ?? false
    const fallback =
      'default' in property && !property.properties
        ? `\`${JSON.stringify(property.default)}\``
        : isRequired
          ? 'required'
          : ''
    const row = `| \`${path}\` | ${cell(typeOf(property))} | ${cell(fallback)} | ${cell(property.description ?? '')} |`
    return [row, ...optionRows(property, `${path}.`)]
  })
}

function typeOf(property: Property): string {
  if (property.enum !== undefined)
    return property.enum.map((value) => JSON.stringify(value)).join(' or ')
  if (property.const !== undefined) return JSON.stringify(property.const)
  if (property.anyOf !== undefined) return [...new Set(property.anyOf.map(typeOf))].join(' or ')
  if (property.type === 'array')
    return `list of ${property.items === undefined ? 'values' : typeOf(property.items)}`
  return [property.type ?? 'any'].flat().join(' or ')
}

export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

export function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`
}
