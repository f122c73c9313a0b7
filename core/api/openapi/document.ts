import { z } from 'zod'
import { hooklineVersion } from '../../kit/version.ts'
import type { Operation, OperationAnswer } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { problemsByStatus } from './problems.ts'

type Json = { readonly [key: string]: unknown }

/** Of a path as Hono writes it. What a parameter must match is left out. */
const PARAMETER = /:(\w+)(?:\{[^}]*\})?/g
const SECURITY = [{ token: [] }, { session: [] }]

const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Error code, see docs/reference/errors.md.'),
    remedy: z.string(),
    errors: z.array(z.looseObject({})).optional().describe('All faults, if there can be several.'),
  })
  .describe('Problem details (RFC 9457).')

/** The API as OpenAPI 3.1. `publicUrl` is the URL of the server. */
export function openApiDocument(publicUrl: string): Json {
  const paths = new Map<string, Record<string, Json>>()
  for (const operation of OPERATIONS) {
    const path = openApiPath(operation.path)
    paths.set(path, { ...paths.get(path), [operation.method]: operationOf(operation) })
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Hookline',
      version: hooklineVersion(),
      description: 'Receives webhooks, verifies them, and runs programs on your own machines.',
    },
    servers: [{ url: publicUrl }],
    tags: [...new Set(OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Problem: jsonSchema(problemSchema, 'output'), ...namedSchemas() },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An access token.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'hookline-session',
          description: 'A browser session, started by POST /api/session.',
        },
      },
    },
  }
}

/** The path in the form of OpenAPI: `/api/tasks/{id}`. */
function openApiPath(path: string): string {
  return path.replace(PARAMETER, '{$1}')
}

function operationOf(operation: Operation): Json {
  const { method, path, tag, summary, role, body } = operation
  return {
    operationId: `${method}${openApiPath(path).replace(/[^A-Za-z0-9]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(role === null ? {} : { description: `Needs the role \`${role}\`.` }),
    security: role === null ? [] : SECURITY,
    parameters: parametersOf(operation),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { 'application/json': { schema: jsonSchema(body, 'input') } },
          },
        }),
    responses: responsesOf(operation),
  }
}

function parametersOf({ path, query, headers = [] }: Operation): readonly Json[] {
  const names = [...path.matchAll(PARAMETER)].map(([, name]) => name)
  const asked = query === undefined ? {} : (jsonSchema(query, 'input') as { properties?: Json })
  return [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...Object.entries(asked.properties ?? {}).map(([name, schema]) => {
      return { name, in: 'query', required: false, schema }
    }),
    ...headers.map(({ name, description }) => {
      return { name, in: 'header', required: false, description, schema: { type: 'string' } }
    }),
  ]
}

function responsesOf(operation: Operation): Json {
  const answers = Object.entries(operation.answers).map(([status, answer]) => {
    return [status, answerOf(answer)] as const
  })
  const known = new Set(answers.map(([status]) => status))
  const problems = [...problemsByStatus(operation)]
    .filter(([status]) => !known.has(String(status)))
    .map(([status, codes]) => {
      const schema = { $ref: '#/components/schemas/Problem' }
      const description = codes.map((code) => `\`${code}\``).join(', ')
      return [
        String(status),
        { description, content: { 'application/problem+json': { schema } } },
      ] as const
    })
  return Object.fromEntries([...answers, ...problems])
}

function answerOf({ description, schema, types = [], headers = {} }: OperationAnswer): Json {
  const json =
    schema === undefined ? [] : [['application/json', { schema: jsonSchema(schema, 'output') }]]
  const content = Object.fromEntries([...json, ...types.map((type) => [type, {}])])
  const named = Object.entries(headers).map(([name, text]) => {
    return [name, { description: text, schema: { type: 'string' } }]
  })
  return {
    description,
    ...(named.length === 0 ? {} : { headers: Object.fromEntries(named) }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  }
}

/** Schemas with an id, which others refer to. */
function namedSchemas(): Json {
  const answers = OPERATIONS.flatMap((operation) => Object.values(operation.answers))
  return Object.assign(
    {},
    ...answers.map(({ schema }) =>
      schema === undefined ? {} : toJsonSchema(schema, 'output').$defs,
    ),
  )
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, $defs: __, ...made } = toJsonSchema(schema, io)
  return made
}

// A reference of zod begins at the schema, and one of OpenAPI at the document.
function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json & { readonly $defs?: Json } {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/'))
}
