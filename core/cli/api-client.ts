import { ERRORS, type ErrorCode, HooklineError } from '../errors/errors.ts'
import { parseKeepingDigits } from '../kit/exact-json.ts'
import { type Asked, ask, type Reply } from './ask.ts'
import { noAnswer } from './no-answer.ts'

const REQUEST_SECONDS = 30

export interface ApiAccess {
  /** Without a trailing slash. */
  readonly url: string
  /** Called for each request. */
  readonly token: () => string
}

/** Fills values into a path, each as one segment: apiPath`/api/tasks/${id}`. */
export function apiPath(texts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: texts }, ...values.map(encodeURIComponent))
}

/** Parameters of a query. A list gives one several times; undefined leaves it out. */
type ApiQuery = Readonly<Record<string, string | readonly string[] | number | undefined>>

function toSearch(query: ApiQuery): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => [name, String(each)]),
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

type Sent = Pick<Asked, 'method' | 'body'>

/** A client for the API of a running node. Throws every failure as a `HooklineError` with the code of the service. */
export class ApiClient {
  readonly #access: ApiAccess

  constructor(access: ApiAccess) {
    this.#access = access
  }

  /** Address of the service, without a trailing slash. */
  get url(): string {
    return this.#access.url
  }

  async get<Answer>(path: string, query: ApiQuery = {}) {
    return this.#json<Answer>(path + toSearch(query), { method: 'GET' })
  }

  /** An answer that is no JSON, as it is. */
  async bytes(path: string, query: ApiQuery = {}): Promise<Uint8Array> {
    const reply = await this.#ask(path + toSearch(query), { method: 'GET' })
    try {
      return await reply.bytes()
    } catch (error) {
      throw notHookline(new URL(reply.url).origin, 'ended the connection too early', error)
    }
  }

  /** @param body Sent as JSON. Absent: the request has no body. */
  async post<Answer>(path: string, body?: object) {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    return this.#json<Answer>(path, { method: 'POST', ...json })
  }

  /** @param body Sent as JSON. */
  async put<Answer>(path: string, body: object) {
    return this.#json<Answer>(path, { method: 'PUT', body: JSON.stringify(body) })
  }

  async delete<Answer>(path: string) {
    return this.#json<Answer>(path, { method: 'DELETE' })
  }

  /** Opens a stream of server-sent events, until the signal is aborted. */
  async stream(
    path: string,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const headers = { ...this.#authorization(), Accept: 'text/event-stream' }
    const url = this.#access.url + path
    const init = { headers, signal, redirect: 'manual' } as const
    const response = await fetch(url, init).catch((error: unknown) => {
      throw unreachable(url, error, REQUEST_SECONDS)
    })
    if (!response.ok || response.body === null) throw await toError(response)
    return response.body
  }

  async #json<Answer>(path: string, sent: Sent): Promise<Answer> {
    return (await readJson(await this.#ask(path, sent))) as Answer
  }

  async #ask(path: string, sent: Sent): Promise<Reply> {
    const url = this.#access.url + path
    const type = sent.body === undefined ? {} : { 'Content-Type': 'application/json' }
    const headers = { ...this.#authorization(), ...type }
    const reply = await askService(url, { ...sent, headers, seconds: REQUEST_SECONDS })
    if (!reply.ok) throw await toError(reply)
    return reply
  }

  #authorization() {
    return { Authorization: `Bearer ${this.#access.token()}` }
  }
}

/** Like `ask`. Throws `service_unreachable` if there is no answer. */
export async function askService(url: string, asked: Asked): Promise<Reply> {
  return ask(url, asked).catch((error: unknown) => {
    throw unreachable(url, error, asked.seconds)
  })
}

function unreachable(url: string, error: unknown, seconds: number): HooklineError {
  const { why, remedy } = noAnswer(error, seconds)
  const message = `${new URL(url).origin} does not answer: ${why}`
  return new HooklineError('service_unreachable', message, { cause: error, remedy })
}

type Told = Pick<Reply, 'status' | 'url' | 'text'>

/** The error in an answer of the service. */
export async function toError(response: Told): Promise<HooklineError> {
  const problem = await readProblem(response)
  if (problem !== null) {
    const { code, detail, remedy } = problem
    return new HooklineError(code, detail, { remedy })
  }
  const { origin } = new URL(response.url)
  return notHookline(origin, `answered ${response.status}, but not as Hookline does`)
}

/** The error for an answer that did not come from Hookline. */
export function notHookline(origin: string, what: string, cause?: unknown): HooklineError {
  return new HooklineError('service_unreachable', `${origin} ${what}`, {
    cause,
    remedy: 'Another service or a proxy is there. Check --url, the port, and that Hookline runs.',
  })
}

interface KnownProblem {
  readonly code: ErrorCode
  readonly detail: string
  readonly remedy?: string
}

async function readProblem(response: Told): Promise<KnownProblem | null> {
  try {
    const body = JSON.parse(await response.text()) as Partial<KnownProblem> | null
    const isKnown = typeof body?.code === 'string' && Object.hasOwn(ERRORS, body.code)
    return isKnown && typeof body?.detail === 'string' ? (body as KnownProblem) : null
  } catch {
    return null
  }
}

async function readJson(response: Told): Promise<unknown> {
  try {
    return parseKeepingDigits(await response.text())
  } catch (error) {
    const { origin } = new URL(response.url)
    throw notHookline(origin, 'did not answer in JSON', error)
  }
}
