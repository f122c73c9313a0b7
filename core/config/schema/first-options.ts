import type { SourceDefinition } from '../../contracts/source.ts'
import { isRecord } from '../../kit/is-record.ts'
import { jsonSchemaOf } from './json-schema.ts'

/** An option that a new source cannot do without. */
export interface FirstOption {
  readonly name: string
  readonly description: string
  readonly isSecret: boolean
  /** Whether its value is a list only. */
  readonly isList: boolean
  /** Whether the receiver chooses its value, so that it can be generated. */
  readonly isGenerated: boolean
}

/** The options that a new source needs; of alternatives the one that can be generated, else the first secret. */
export function firstOptions({ options, generates }: SourceDefinition): readonly FirstOption[] {
  const schema = jsonSchemaOf(options, 'source')
  const properties = Object.entries(isRecord(schema['properties']) ? schema['properties'] : {})
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const choice = generates ?? properties.find(([, property]) => isSecret(property))?.[0]
  const needed = required.length > 0 ? required : [choice]
  return properties
    .filter(([name]) => needed.includes(name))
    .map(([name, property]) => ({
      name,
      description: String(Object(property).description ?? ''),
      isSecret: isSecret(property),
      isList: Object(property).type === 'array',
      isGenerated: name === generates,
    }))
}

function isSecret(property: unknown): boolean {
  return JSON.stringify(property).includes('"writeOnly":true')
}
