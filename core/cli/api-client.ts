import { ERRORS, type ErrorCode, HooklineError } from '../kit/errors.ts'

const REQUEST_SECONDS = 30

export interface ApiAccess {
  /** Scheme, host and port, without a final slash. */
  readonly url: string
  /** Reads the admin token; called before the first request that needs it. */
  readonly token: () => string
}

/** A client of a running node's API. Every failure is thrown as a `HooklineError`, with the service's own code. */
export class ApiClient {
  readonly #access: ApiAccess

  constructor(access: ApiAccess) {
    this.#access = access
  }

  async get<Answer>(path: string, query: Readonly<Record<string, string | undefined>> = {}) {
    const given = Object.entries(query).filter((entry): entry is [string, string] => {
      return entry[1] !== undefined
    })
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`
    return this.#json<Answer>(path + search, { method: 'GET' })
  }

  /** @param body Sent as JSON; absent: nothing is sent. */
  async post<Answer>(path: string, body?: object) {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    return this.#json<Answer>(path, { method: 'POST', ...json })
  }

  async delete<Answer>(path: string) {
    return this.#json<Answer>(path, { method: 'DELETE' })
  }

  /** An open server-sent event stream; ends with its signal. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = { ...this.#authorization(), Accept: 'text/event-stream' }
    const response = await request(this.#access.url + path, { headers, signal })
    if (!response.ok || response.body === null) throw await toError(response)
    return response.body
  }

  async #json<Answer>(path: string, init: RequestInit): Promise<Answer> {
    const signal = AbortSignal.timeout(REQUEST_SECONDS * 1000)
    const url = this.#access.url + path
    const type = init.body === undefined ? {} : { 'Content-Type': 'application/json' }
    const headers = { ...this.#authorization(), ...type }
    const response = await request(url, { ...init, headers, signal })
    if (!response.ok) throw await toError(response)
    return (await readJson(response)) as Answer
  }

  #authorization() {
    return { Authorization: `Bearer ${this.#access.token()}` }
  }
}

/** `fetch`, with `service_unreachable` where there is no answer. Follows no redirect: a token goes to one place only. */
export async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', ...init })
  } catch (error) {
    const { origin } = new URL(url)
    throw new HooklineError(
      'service_unreachable',
      `${origin} does not answer (${reasonOf(error)})`,
      {
        cause: error,
      },
    )
  }
}

/** The error that an answer stands for. */
export async function toError(response: Response): Promise<HooklineError> {
  const problem = await readProblem(response)
  if (problem !== null) {
    const { code, detail, remedy } = problem
    return new HooklineError(code, detail, remedy === undefined ? {} : { remedy })
  }
  const { origin } = new URL(response.url)
  return new HooklineError('service_unreachable', `${origin} answered ${response.status}`, {
    remedy: 'Check that --url is the address of a Hookline service.',
  })
}

interface KnownProblem {
  readonly code: ErrorCode
  readonly detail: string
  readonly remedy?: string
}

async function readProblem(response: Response): Promise<KnownProblem | null> {
  try {
    const body = (await response.json()) as Partial<KnownProblem> | null
    const isKnown = typeof body?.code === 'string' && Object.hasOwn(ERRORS, body.code)
    return isKnown && typeof body?.detail === 'string' ? (body as KnownProblem) : null
  } catch {
    return null
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (error) {
    const { origin } = new URL(response.url)
    throw new HooklineError('service_unreachable', `${origin} did not answer in JSON`, {
      cause: error,
      remedy: 'Check that --url is the address of a Hookline service.',
    })
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  if (error.name === 'TimeoutError') return `no answer within ${REQUEST_SECONDS} s`
  const { cause } = error
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0])
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return 'code' in error ? String(error.code) : error.message
}
