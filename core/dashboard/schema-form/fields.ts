import { isRecord } from '../../kit/is-record.ts'

/** The parts of a JSON Schema that a form is drawn from. */
export interface OptionSchema {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly OptionSchema[]
  readonly items?: OptionSchema
  readonly properties?: Readonly<Record<string, OptionSchema>>
  readonly required?: readonly string[]
  readonly writeOnly?: boolean
}

export type FieldKind = 'text' | 'secret' | 'number' | 'boolean' | 'choice' | 'lines' | 'json'

/** One option as a field of a form. */
export interface SchemaField {
  readonly name: string
  readonly kind: FieldKind
  readonly description: string | null
  readonly default: unknown
  readonly isRequired: boolean
  /** Of a `choice`. */
  readonly choices: readonly string[]
}

/** The options of an object schema as fields, those that are required first. What no field fits is edited as JSON. */
export function fieldsOf(schema: OptionSchema): readonly SchemaField[] {
  const { properties = {}, required = [] } = schema
  return Object.entries(properties)
    .map(([name, option]) => fieldOf(name, option, required.includes(name)))
    .toSorted((one, other) => Number(other.isRequired) - Number(one.isRequired))
}

function fieldOf(name: string, schema: OptionSchema, isRequired: boolean): SchemaField {
  const kinds = (schema.anyOf ?? [schema]).filter((one) => one.$ref === undefined)
  const choices = kinds.flatMap((one) => one.enum ?? []).map(String)
  const { description = null, default: standard } = schema
  return { name, kind: kindOf(kinds), description, default: standard, isRequired, choices }
}

// Where an option takes several kinds of values, the first that a field fits is offered. The others can be written as JSON.
function kindOf(kinds: readonly OptionSchema[]): FieldKind {
  const [first] = kinds
  if (kinds.some((one) => one.writeOnly)) return 'secret'
  if (first?.enum !== undefined) return 'choice'
  if (first?.type === 'boolean') return 'boolean'
  if (first?.type === 'number' || first?.type === 'integer') return 'number'
  if (first?.type === 'string') return 'text'
  return first?.type === 'array' && isText(first.items) ? 'lines' : 'json'
}

function isText(items: OptionSchema | undefined): boolean {
  const kinds = (items?.anyOf ?? [items]).filter((one) => isRecord(one) && one.$ref === undefined)
  return kinds.length > 0 && kinds.every((one) => one?.type === 'string')
}
