import type { PluginDefinition } from '../../contracts/config.ts'
import { COMMON_OPTIONS } from './common-options.ts'
import { configSchema, ruleSchema } from './config.ts'
import { type JsonSchema, jsonSchemaOf, REFERENCE } from './json-schema.ts'
import { nameSchema } from './name.ts'

type Parts = Readonly<Record<string, JsonSchema>>

/** JSON Schema of a whole config, for editors and forms. In `$defs`: `source`, `program`, `store`, `tunnel`, `rule`, and each plugin's own, `source.github`. */
export function configJsonSchema(definitions: readonly PluginDefinition[]): JsonSchema {
  const uses = new Map<PluginDefinition['kind'], JsonSchema[]>()
  const parts = definitions.map((definition): Parts => {
    const name = `${definition.kind === 'executor' ? 'program' : definition.kind}.${definition.name}`
    uses.set(definition.kind, [...(uses.get(definition.kind) ?? []), { $ref: `#/$defs/${name}` }])
    return usePart(name, definition)
  })
  const { properties, ...config } = jsonSchemaOf(configSchema, 'config')
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Hookline config',
    ...config,
    properties: {
      ...(properties as JsonSchema),
      sources: named('source'),
      programs: named('program'),
      rules: { type: 'array', items: { $ref: '#/$defs/rule' } },
      store: { $ref: '#/$defs/store' },
      tunnel: { $ref: '#/$defs/tunnel' },
    },
    $defs: {
      source: { anyOf: uses.get('source') ?? [] },
      program: { anyOf: uses.get('executor') ?? [] },
      store: { anyOf: uses.get('store') ?? [] },
      tunnel: { anyOf: uses.get('tunnel') ?? [false] },
      rule: rulePart(),
      reference: REFERENCE,
      ...Object.assign({}, ...parts),
    },
  }
}

function named(part: string): JsonSchema {
  const { pattern } = jsonSchemaOf(nameSchema, part)
  return {
    type: 'object',
    propertyNames: { pattern },
    additionalProperties: { $ref: `#/$defs/${part}` },
  }
}

/** Schema of the use of a plugin, and schemas that its options share. */
function usePart(
  name: string,
  { kind, name: use, summary, options: schema }: PluginDefinition,
): Parts {
  const { $defs = {}, ...options } = jsonSchemaOf(schema, name)
  const shared = jsonSchemaOf(COMMON_OPTIONS[kind], name)
  const all = {
    ...options,
    properties: { ...(options['properties'] as object), ...(shared['properties'] as object) },
    additionalProperties: false,
  }
  const required = Array.isArray(options['required']) && options['required'].length > 0
  return {
    [name]: {
      description: summary,
      type: 'object',
      properties: { use: { const: use }, options: all },
      required: required ? ['use', 'options'] : ['use'],
      additionalProperties: false,
    },
    ...Object.fromEntries(
      Object.entries($defs as Parts).map(([key, part]) => [`${name}.${key}`, part]),
    ),
  }
}

// Rules have no references, and data cannot hold functions.
function rulePart(): JsonSchema {
  const rule = jsonSchemaOf(ruleSchema, 'rule')
  return withoutReferences(rule) as JsonSchema
}

function withoutReferences(node: unknown): unknown {
  if (Array.isArray(node)) {
    return node
      .filter((item) => !isReference(item) && !isAnything(item))
      .map((item) => withoutReferences(item))
  }
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, part]) => [key, withoutReferences(part)] as const)
  return Object.fromEntries(entries)
}

function isReference(item: unknown): boolean {
  return typeof item === 'object' && item !== null && '$ref' in item
}

function isAnything(item: unknown): boolean {
  return typeof item === 'object' && item !== null && Object.keys(item).length === 0
}
