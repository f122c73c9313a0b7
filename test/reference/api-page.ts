import { openApiDocument } from '../../core/api/openapi/document.ts'
import { lines, optionRows, type Property, page } from './pages.ts'

interface Spec {
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, SpecOperation>>>>
}

interface SpecOperation {
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly description?: string
    readonly schema: Property
  }[]
  readonly requestBody?: { readonly description?: string; readonly content: Content }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Content }>
  >
}

type Content = Readonly<Record<string, { readonly schema?: Property }>>

/** Every call of the API, from the OpenAPI document. */
export function apiPage(): string {
  const { tags, paths } = withoutReferences(openApiDocument()) as unknown as Spec
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      return { call: `${method.toUpperCase()} ${path}`, operation }
    }),
  )
  const sections = tags.flatMap(({ name, description }) => [
    `## ${name}`,
    '',
    description,
    '',
    ...calls.filter(({ operation }) => operation.tags.includes(name)).map(section),
  ])
  return page('API', [
    'The same as OpenAPI 3.1 is in [openapi.json](openapi.json), and at `GET /api/openapi.json` of a service. Clients can be generated from it: the tests do so with openapi-typescript. A call with a role needs `Authorization: Bearer` with a token of that role or a higher one, or a session; see [access](../access.md).',
    'A refusal comes as problem details (RFC 9457) with one of the [codes](errors.md) listed. Its `type` is the path of the page that explains the code, at the same service: `/problems/task_unknown`. Nobody has to sign in for it.',
    '',
    'A list comes in pages: `after` takes the `next` of the page before. Where an answer has an `ETag`, `If-None-Match` spares what the caller has: 304 comes instead, without a body.',
    '',
    ...sections,
  ])
}

/** The document with each schema in place of its references, except for one within itself. */
function withoutReferences(document: { readonly [key: string]: unknown }): unknown {
  const { schemas } = document['components'] as { schemas: Readonly<Record<string, unknown>> }
  const resolve = (value: unknown, within: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => resolve(item, within))
    if (typeof value !== 'object' || value === null) return value
    if ('$ref' in value) {
      const { $ref, ...more } = value as { $ref: string }
      const name = $ref.split('/').at(-1) ?? ''
      if (within.includes(name)) return more
      return { ...(resolve(schemas[name], [...within, name]) as object), ...more }
    }
    const entries = Object.entries(value).map(([key, item]) => [key, resolve(item, within)])
    return Object.fromEntries(entries)
  }
  return resolve({ ...document, components: {} }, [])
}

function section({ call, operation }: { call: string; operation: SpecOperation }): string {
  const { summary, description, parameters, requestBody, responses } = operation
  const asked = parameters.filter((parameter) => parameter.in !== 'path')
  const query = asked.map(({ name, in: where, description: text, schema }) => {
    const rows = optionRows({ properties: { [name]: schema } }, '')
    return text === undefined ? (rows[0] ?? '') : `| \`${name}\` (${where}) | string |  | ${text} |`
  })
  const body = requestBody?.content['application/json']?.schema
  return lines(
    `### \`${call}\``,
    '',
    [summary, description].filter(Boolean).join(' '),
    '',
    ...table('Parameter', query),
    ...table('Body', body === undefined ? [] : optionRows(body, '')),
    ...(requestBody?.description === undefined ? [] : [`Body: ${requestBody.description}`, '']),
    ...Object.entries(responses).flatMap(([status, { description: text, content = {} }]) => {
      if ('application/problem+json' in content) return []
      const schema = content['application/json']?.schema
      const fields = schema?.properties === undefined ? [] : fieldNames(schema)
      return [`- ${status}: ${text}${fields.length === 0 ? '' : ` \`{ ${fields.join(', ')} }\``}`]
    }),
    ...refusals(responses),
  )
}

function refusals(responses: SpecOperation['responses']): readonly string[] {
  const refused = Object.entries(responses)
    .filter(([, { content = {} }]) => 'application/problem+json' in content)
    .map(([status, { description }]) => `${status} ${description}`)
  return refused.length === 0 ? [] : [`- Refused: ${refused.join('; ')}`]
}

function fieldNames({ properties = {} }: Property): readonly string[] {
  return Object.entries(properties).map(([name, { items, properties: inner }]) => {
    if (items?.properties !== undefined) return `${name}: [{ ${fieldNames(items).join(', ')} }]`
    return inner === undefined
      ? name
      : `${name}: { ${fieldNames({ properties: inner }).join(', ')} }`
  })
}

function table(head: string, rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return []
  return [`| ${head} | Type | Default | |`, '| --- | --- | --- | --- |', ...rows, '']
}
