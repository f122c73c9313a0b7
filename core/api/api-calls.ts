import type { Context, Hono } from 'hono'
import { parseKeepingDigits } from '../kit/exact-json.ts'
import type { Problem } from './http/problem.ts'
import type { HttpTypes } from './http/types.ts'

export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Query = Readonly<Record<string, string | readonly string[] | number | undefined>>

/** The request for which the API is called. */
export interface BrowserCall extends Pick<Context, 'req'> {
  readonly env: HttpTypes['Bindings']
}

/** An API call that was refused or failed. */
export class ApiProblem extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** Headers of the request that are not of the call: the rest says who calls, and from where. */
const NOT_PASSED_ON = [
  'if-none-match',
  'content-type',
  'content-length',
  'transfer-encoding',
  'accept',
  'connection',
]

/**
 * Calls the HTTP API in this process, as whoever sent a request. So a page or a tool can do what the API lets its user
 * do, and nothing else.
 */
export class ApiCalls {
  readonly #app: Hono<HttpTypes>
  readonly #context: BrowserCall
  #csrf: string | null = null

  constructor(app: Hono<HttpTypes>, context: BrowserCall) {
    this.#app = app
    this.#context = context
  }

  /** Sets the CSRF token that a form has sent. By default, that of the browser's header `X-Hookline-CSRF` is passed on. */
  useCsrf(token: string | null): void {
    this.#csrf = token
  }

  /** Returns the JSON of a GET. Throws `ApiProblem`. */
  async get<View>(path: string, query: Query = {}): Promise<View> {
    const answer = await this.call('GET', `${path}${toSearch(query)}`)
    return parseKeepingDigits(await answer.text()) as View
  }

  /** Returns the JSON that a change is answered with. Throws `ApiProblem`. */
  async send<View>(method: Method, path: string, body?: unknown): Promise<View> {
    return parseKeepingDigits(await (await this.call(method, path, body)).text()) as View
  }

  /** Returns an answer with its headers. Throws `ApiProblem` unless its status is 2xx. */
  async call(
    method: Method | 'GET',
    path: string,
    body?: unknown,
    more: Record<string, string> = {},
  ) {
    const headers = new Headers(this.#context.req.raw.headers)
    for (const name of NOT_PASSED_ON) headers.delete(name)
    if (body !== undefined) headers.set('content-type', 'application/json')
    if (this.#csrf !== null) headers.set('x-hookline-csrf', this.#csrf)
    for (const [name, value] of Object.entries(more)) headers.set(name, value)
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const { env } = this.#context
    const { connectedAddress = env?.incoming?.socket.remoteAddress } = env ?? {}
    const answer = await this.#app.request(path, init, { connectedAddress })
    if (!answer.ok) throw new ApiProblem((await answer.json()) as Problem)
    return answer
  }
}

/** `?a=1&b=2`, or nothing. Values that are undefined or empty are left out. */
export function toSearch(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => [name, String(one)] as [string, string]),
  )
  const search = new URLSearchParams(pairs.filter(([, value]) => value !== '')).toString()
  return search === '' ? '' : `?${search}`
}
