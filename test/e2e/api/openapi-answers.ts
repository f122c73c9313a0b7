import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { expect } from 'vitest'

type Json = { readonly [key: string]: unknown }

interface Spec {
  readonly paths: Readonly<Record<string, Readonly<Record<string, SpecOperation>>>>
  readonly components: Json
}

interface SpecOperation {
  readonly operationId: string
  readonly responses: Readonly<
    Record<string, { readonly headers?: Json; readonly content?: Readonly<Record<string, Json>> }>
  >
}

/** A service's answers, each held against what its OpenAPI document says of it. */
export class CheckedAnswers {
  /** By operation, the statuses that were seen. */
  readonly seen = new Map<string, Set<number>>()
  readonly url: string
  readonly #token: string
  readonly #spec: Spec
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })

  constructor(url: string, token: string, spec: object) {
    this.url = url
    this.#token = token
    this.#spec = spec as Spec
    formats.default(this.#ajv)
    for (const methods of Object.values(this.#spec.paths)) {
      for (const { operationId } of Object.values(methods)) this.seen.set(operationId, new Set())
    }
  }

  /** Sends a call; answers the body, which the document describes. */
  async ask(
    call: string,
    given: {
      readonly body?: unknown
      readonly headers?: Record<string, string>
      readonly open?: true
      /** Only the start of the body is read. */
      readonly endless?: true
    } = {},
  ) {
    const [method = '', path = ''] = call.split(' ')
    const { body, headers = {}, open, endless } = given
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(open ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = endless ? await startOf(response) : await response.text()
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    const operation = this.#find(method, path.split('?')[0] ?? '')
    this.seen.get(operation.operationId)?.add(response.status)
    const told = `${call} → ${response.status} ${type} ${text.slice(0, 500)}`
    const described = operation.responses[response.status]
    expect(described, told).toBeDefined()
    const media = described?.content?.[type] ?? described?.content?.['*/*']
    if (text !== '') expect(media, told).toBeDefined()
    const names = Object.keys(described?.headers ?? {})
    expect(names.includes('ETag'), told).toBe(response.headers.has('etag'))
    if (!type.endsWith('json'))
      return { status: response.status, headers: response.headers, body: text as never }
    const answered = JSON.parse(text)
    const schema = media?.['schema'] as Json | undefined
    if (schema !== undefined) {
      const validate = this.#ajv.compile({ ...schema, components: this.#spec.components })
      validate(answered)
      expect(validate.errors ?? [], told).toEqual([])
    }
    // biome-ignore lint/suspicious/noExplicitAny: the document says what it is
    return { status: response.status, headers: response.headers, body: answered as any }
  }

  #find(method: string, path: string): SpecOperation {
    const found = Object.entries(this.#spec.paths)
      .filter(([pattern]) =>
        new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`).test(path),
      )
      // What is written out comes before what a parameter stands for.
      .toSorted(([one], [other]) => one.split('{').length - other.split('{').length)
      .flatMap(([, methods]) => methods[method.toLowerCase()] ?? [])[0]
    if (found === undefined) throw new Error(`${method} ${path} is not described`)
    return found
  }
}

async function startOf(response: Response): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const first = await reader?.read()
  await reader?.cancel()
  return first?.value ?? ''
}
