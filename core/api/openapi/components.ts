import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'

export type Json = { readonly [key: string]: unknown }

interface Made {
  readonly properties: { readonly it: Json }
  readonly $defs?: Readonly<Record<string, Json>>
}

/** JSON Schemas of a document. Those with an id are in it once, and the others refer to them. */
export class Components {
  readonly #named = new Map<string, Json>()

  /** A schema as JSON Schema, or the reference to it. Throws if another one has its id. */
  schema(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { properties, $defs = {} } = toJsonSchema(z.object({ it: schema }), io)
    for (const [name, { id: _, ...made }] of Object.entries($defs)) {
      const known = this.#named.get(name)
      if (known !== undefined && !isDeepStrictEqual(known, made)) {
        throw new Error(`Two schemas are called ${name}`)
      }
      this.#named.set(name, made)
    }
    return properties.it
  }

  /** The schemas with an id, by name. */
  named(): Json {
    return Object.fromEntries([...this.#named].toSorted(([one], [other]) => (one < other ? -1 : 1)))
  }
}

// A reference of zod begins at the schema, and one of OpenAPI at the document.
function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Made {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: simplify })
  return JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/'))
}

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>

const simplify: Override = ({ zodSchema, jsonSchema }) => {
  // JSON knows no other integers.
  if (zodSchema._zod.def.type === 'bigint') jsonSchema.type = 'integer'
  // A format says enough, and its pattern is long.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
}
