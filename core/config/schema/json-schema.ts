import { z } from 'zod'
import { isRecord } from '../../kit/is-record.ts'

/** A JSON Schema of draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown }

/** Path of `REFERENCE` in the whole schema. */
const REFERENCE_AT = '#/$defs/reference'

/** What may be given instead of any string, number or boolean. */
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

/** The input of a zod schema as JSON Schema: secrets are `writeOnly`, and a reference may replace each leaf. */
export function jsonSchemaOf(schema: z.ZodType, name: string): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return adapt(made, name) as JsonSchema
}

// zod names shared schemas by number; the prefix keeps those of several schemas apart in one document.
function adapt(node: unknown, name: string): unknown {
  if (Array.isArray(node)) return node.map((item) => adapt(item, name))
  if (!isRecord(node)) return node
  const { [SECRET_MARK]: isSecret, ...rest } = node
  const adapted = Object.fromEntries(
    Object.entries(rest).map(([key, part]) => [key, adaptPart(key, part, name)]),
  )
  return isSecret === true ? { ...adapted, writeOnly: true, format: 'password' } : adapted
}

function adaptPart(key: string, part: unknown, name: string): unknown {
  if (key === '$ref' && typeof part === 'string')
    return part.replace('#/$defs/', `#/$defs/${name}.`)
  if (key === 'properties' && isRecord(part))
    return mapValues(part, (value) => orReference(value, name))
  if (key === '$defs' && isRecord(part)) return mapValues(part, (value) => adapt(value, name))
  if (key === 'items' || key === 'additionalProperties') return orReference(part, name)
  if (key === 'prefixItems' && Array.isArray(part))
    return part.map((item) => orReference(item, name))
  return ['anyOf', 'oneOf', 'allOf', 'not'].includes(key) ? adapt(part, name) : part
}

/** The schema of a value that may also be given as a reference, if it is a string, number or boolean. */
function orReference(node: unknown, name: string): unknown {
  const adapted = adapt(node, name)
  if (!isRecord(adapted) || !takesLeaf(adapted)) return adapted
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
  if (Array.isArray(anyOf)) return anyOf.some((member) => isRecord(member) && takesLeaf(member))
  return 'enum' in node || 'const' in node || LEAVES.includes(String(type))
}

function mapValues(node: JsonSchema, change: (value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, change(value)]))
}
