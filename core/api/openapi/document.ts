import { z } from 'zod'
import { hooklineVersion } from '../../kit/version.ts'
import { TAGGED_PATHS } from '../http/entity-tags.ts'
import { Components, type Json } from './components.ts'
import type { Operation, OperationAnswer } from './operation.ts'
import { OPERATIONS, TAGS } from './operations.ts'
import { problemsByStatus } from './problems.ts'

/** Of a path as Hono writes it. What a parameter must match is left out. */
const PARAMETER = /:(\w+)(?:\{[^}]*\})?/g
const IF_NONE_MATCH = {
  name: 'If-None-Match',
  description: 'ETags of answers that the caller has.',
}
const UNCHANGED: OperationAnswer = { description: 'Nothing has changed since.' }
const SECURITY = [{ token: [] }, { session: [] }]

const problemSchema = z
  .looseObject({
    type: z.string().describe('Path of the page that explains the code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Error code, see docs/reference/errors.md.'),
    remedy: z.string(),
    errors: z.array(z.looseObject({})).optional().describe('All faults, if there can be several.'),
  })
  .describe('Problem details (RFC 9457).')
  .meta({ id: 'Problem' })

/** The API as OpenAPI 3.1. */
export function openApiDocument(): Json {
  const components = new Components()
  const paths = new Map<string, Record<string, Json>>()
  for (const operation of OPERATIONS) {
    const path = openApiPath(operation.path)
    const described = operationOf(operation, components)
    paths.set(path, { ...paths.get(path), [operation.method]: described })
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Hookline',
      version: hooklineVersion(),
      description: 'Receives webhooks, verifies them, and runs programs on your own machines.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // `publicUrl` is no server of the API: most calls are refused there.
    servers: [{ url: '/', description: 'The service that gave this description.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: components.named(),
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

/** Whether it answers 304 if the caller has the answer already. */
function isTagged({ method, path }: Operation): boolean {
  return method === 'get' && TAGGED_PATHS.includes(path)
}

/** The path in the form of OpenAPI: `/api/tasks/{id}`. */
function openApiPath(path: string): string {
  return path.replace(PARAMETER, '{$1}')
}

function operationOf(operation: Operation, components: Components): Json {
  const { id, tag, summary, role } = operation
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(role === null ? {} : { description: `Needs the role \`${role}\`.` }),
    security: role === null ? [] : SECURITY,
    parameters: parametersOf(operation, components),
    ...requestBodyOf(operation, components),
    responses: responsesOf(operation, components),
  }
}

function parametersOf(operation: Operation, components: Components) {
  const { path, query } = operation
  const headers = [...(operation.headers ?? []), ...(isTagged(operation) ? [IF_NONE_MATCH] : [])]
  const names = [...path.matchAll(PARAMETER)].map(([, name]) => name)
  const asked: Json = query === undefined ? {} : components.schema(query, 'input')
  return [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...Object.entries(asked['properties'] ?? {}).map(([name, schema]) => {
      return { name, in: 'query', required: false, schema }
    }),
    ...headers.map(({ name, description }) => {
      return { name, in: 'header', required: false, description, schema: { type: 'string' } }
    }),
  ]
}

function requestBodyOf({ body, rawBody }: Operation, components: Components): Json {
  if (rawBody !== undefined) {
    return { requestBody: { description: rawBody, required: false, content: { '*/*': {} } } }
  }
  if (body === undefined) return {}
  const required = !body.safeParse(undefined).success
  const content = { 'application/json': { schema: components.schema(body, 'input') } }
  return { requestBody: { required, content } }
}

function responsesOf(operation: Operation, components: Components): Json {
  const tagged = isTagged(operation)
  const all = Object.entries({ ...operation.answers, ...(tagged ? { 304: UNCHANGED } : {}) })
  const answers = all.map(([status, { headers = {}, ...answer }]) => {
    const named = tagged ? { ETag: 'Of this answer.', ...headers } : headers
    return [status, answerOf({ ...answer, headers: named }, components)] as const
  })
  const known = new Set(answers.map(([status]) => status))
  const schema = components.schema(problemSchema, 'output')
  const problems = [...problemsByStatus(operation)]
    .filter(([status]) => !known.has(String(status)))
    .map(([status, codes]) => {
      const description = codes.map((code) => `\`${code}\``).join(', ')
      return [
        String(status),
        { description, content: { 'application/problem+json': { schema } } },
      ] as const
    })
  return Object.fromEntries([...answers, ...problems])
}

function answerOf(
  { description, schema, types = [], headers = {} }: OperationAnswer,
  components: Components,
): Json {
  const json =
    schema === undefined
      ? []
      : [['application/json', { schema: components.schema(schema, 'output') }]]
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
