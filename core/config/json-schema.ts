import { z } from 'zod'

/** A JSON Schema of draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown }

/** Where the schema of a reference stands; see `REFERENCE`. */
export const REFERENCE_AT = '#/$defs/reference'

/** What may stand in the place of any text, number or boolean. */
export const REFERENCE: JsonSchema = {
  description: 'Read when the config is loaded: from the environment, or from a file.',
  anyOf: [
    {
      type: 'object',
      properties: {
        env: { type: 'string', description: 'Name of an environment variable.' },
        default: { type: 'string', description: 'Used where the variable is not set.' },
        generate: {
          type: 'boolean',
          description: 'Make a secret at the first start, and keep it.',
        },
      },
      required: ['env'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: { file: { type: 'string', description: 'Path of a file that holds the value.' } },
      required: ['file'],
      additionalProperties: false,
    },
  ],
}

const LEAVES = ['string', 'number', 'integer', 'boolean']
const SECRET_MARK = 'hooklineSecret'
const HOISTED = ['description', 'default']

/** What a zod schema takes, as JSON Schema: secrets are `writeOnly`, and a reference may stand for each leaf. */
export function jsonSchemaOf(schema: z.ZodType, name: string): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return adapt(made, name) as JsonSchema
}

// Shared parts are named by their number: in one document with others they need another name.
function adapt(node: unknown, name: string): unknown {
  if (Array.isArray(node)) return node.map((item) => adapt(item, name))
  if (!isNode(node)) return node
  const { [SECRET_MARK]: isSecret, ...rest } = node
  const adapted = Object.fromEntries(
    Object.entries(rest).map(([key, part]) => [key, adaptPart(key, part, name)]),
  )
  return isSecret === true ? { ...adapted, writeOnly: true, format: 'password' } : adapted
}

function adaptPart(key: string, part: unknown, name: string): unknown {
  if (key === '$ref' && typeof part === 'string')
    return part.replace('#/$defs/', `#/$defs/${name}.`)
  if (key === 'properties' && isNode(part)) return mapValues(part, (value) => place(value, name))
  if (key === '$defs' && isNode(part)) return mapValues(part, (value) => adapt(value, name))
  if (key === 'items' || key === 'additionalProperties') return place(part, name)
  if (key === 'prefixItems' && Array.isArray(part)) return part.map((item) => place(item, name))
  return ['anyOf', 'oneOf', 'allOf', 'not'].includes(key) ? adapt(part, name) : part
}

/** A place where a value stands: a leaf may be a reference there. */
function place(node: unknown, name: string): unknown {
  const adapted = adapt(node, name)
  if (!isNode(adapted) || !takesLeaf(adapted)) return adapted
  if (Array.isArray(adapted['anyOf'])) {
    return { ...adapted, anyOf: [...adapted['anyOf'], { $ref: REFERENCE_AT }] }
  }
  const entries = Object.entries(adapted)
  const hoisted = entries.filter(([key]) => HOISTED.includes(key))
  const own = entries.filter(([key]) => !HOISTED.includes(key))
  return {
    ...Object.fromEntries(hoisted),
    anyOf: [Object.fromEntries(own), { $ref: REFERENCE_AT }],
  }
}

function takesLeaf(node: JsonSchema): boolean {
  const { type, anyOf } = node
  if (Array.isArray(anyOf)) return anyOf.some((member) => isNode(member) && takesLeaf(member))
  return 'enum' in node || 'const' in node || LEAVES.includes(String(type))
}

function mapValues(node: JsonSchema, change: (value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, change(value)]))
}

function isNode(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
