import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { parseJson } from '../../kit/json.ts'
import { hooklineVersion } from '../../kit/version.ts'
import { Redactor } from '../../redaction/redactor.ts'
import { answerFault } from './fault.ts'
import { readWithin } from './read-within.ts'

export interface ApiOptions {
  /** Name of the provider in messages, such as `GitHub`. */
  readonly provider: string
  /** Address of the API; paths are appended to it. Never shown, so that it may hold a token. */
  readonly baseUrl: string
  /** Headers of each call with the token. Their values never appear in messages. */
  readonly authorize?: (
    signal: AbortSignal,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** Called when an answer says that these headers prove nothing (401), so that others are made for the next call. */
  readonly refused?: () => void
  /** Headers of each call without secrets. */
  readonly headers?: Readonly<Record<string, string>>
  /** Further secrets that must not appear in messages. */
  readonly secrets?: readonly string[]
  /** Time limit of a call in milliseconds, from its start to the end of the answer. Default: 20 seconds. */
  readonly timeLimitMs?: number
  /** Largest accepted answer in bytes. Default: 32 MiB. */
  readonly maxAnswerBytes?: number
  /** Current time in milliseconds since the epoch. */
  readonly clock: () => number
}

export interface ApiCall {
  readonly signal: AbortSignal
  /** Never shown in messages. */
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
}

/** A successful answer. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
  /** The body as JSON. Large integers are bigints. Throws `provider_answer_unusable`. */
  json(): unknown
}

const TIME_LIMIT_MS = 20_000
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
const MAX_REDIRECTS = 3
const MAX_PAGES = 100
const REDIRECTS = new Set([301, 302, 307, 308])

/**
 * Calls the API of a provider. A call is made once: the caller tries again, if `isRetryable` says so, after the
 * `retryAfterSeconds` of the error's fields. Each error names the method and the path, and never the token or the query.
 */
export class ProviderApi {
  readonly #options: ApiOptions
  readonly #base: URL

  constructor(options: ApiOptions) {
    this.#options = options
    this.#base = new URL(options.baseUrl.replace(/\/*$/, '/'))
  }

  /**
   * One call; `path` begins with a slash. Throws `provider_unauthorized`, `provider_forbidden`, `provider_not_found`,
   * `provider_refused`, `provider_rate_limited`, `provider_unavailable` or `provider_answer_unusable`; and the reason of
   * the signal if that was aborted.
   */
  async call(method: string, path: string, call: ApiCall): Promise<ApiAnswer> {
    const url = new URL(this.#base.href + path.slice(1))
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    return await this.#send(method, url, call)
  }

  /**
   * The answers of a list, page by page: as `next` names the next page, by default by the header `Link`. Pages of
   * another host are not asked for. Throws as `call` does.
   */
  async *pages(
    path: string,
    call: ApiCall,
    next: (answer: ApiAnswer) => string | null = nextLink,
  ): AsyncGenerator<ApiAnswer> {
    let answer = await this.call('GET', path, call)
    for (let page = 1; ; page++) {
      yield answer
      const link = next(answer)
      if (link === null || page === MAX_PAGES) return
      const url = URL.canParse(link, this.#base) ? new URL(link, this.#base) : null
      if (url?.origin !== this.#base.origin) {
        throw this.#unusable(`GET ${path}`, 'names a next page at another host')
      }
      answer = await this.#send('GET', url, call)
    }
  }

  async #send(method: string, first: URL, call: ApiCall): Promise<ApiAnswer> {
    const { authorize, headers, timeLimitMs = TIME_LIMIT_MS } = this.#options
    const shown = `${method} ${this.#pathOf(first)}`
    const proof = (await authorize?.(call.signal)) ?? {}
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(timeLimitMs)])
    const init: RequestInit = {
      method,
      headers: {
        'user-agent': `hookline/${hooklineVersion()}`,
        accept: 'application/json',
        ...(call.json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
        ...call.headers,
        ...proof,
      },
      body: call.json === undefined ? (call.form ?? null) : JSON.stringify(call.json),
      redirect: 'manual',
      signal,
    }
    const redact = redactorOf([...(this.#options.secrets ?? []), ...Object.values(proof)])
    try {
      let url = first
      for (let left = MAX_REDIRECTS; ; left--) {
        const response = await fetch(url, init)
        const target = redirectOf(response, url)
        if (target === null) return await this.#read(response, shown, redact)
        await response.body?.cancel()
        // The token is for this host alone.
        if (left === 0 || target.origin !== url.origin) {
          throw this.#unusable(shown, 'redirects to another address')
        }
        url = target
      }
    } catch (error) {
      call.signal.throwIfAborted()
      if (isHooklineError(error)) throw error
      throw this.#unreachable(shown, error, timeLimitMs)
    }
  }

  async #read(
    response: Response,
    shown: string,
    redact: (text: string) => string,
  ): Promise<ApiAnswer> {
    const { maxAnswerBytes = MAX_ANSWER_BYTES, provider, clock } = this.#options
    const { status, headers } = response
    const body = await readWithin(response.body, maxAnswerBytes)
    if (body === null) throw this.#unusable(shown, `is larger than ${maxAnswerBytes} bytes`)
    if (status === 401) this.#options.refused?.()
    if (!response.ok) {
      const failed = { status, headers, text: new TextDecoder().decode(body) }
      throw answerFault(`${provider}: ${shown}`, failed, redact, clock())
    }
    return {
      status,
      headers,
      body,
      json: () => {
        try {
          return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body))
        } catch {
          // The error of the parser is about deliveries, and could quote the answer.
          throw this.#unusable(shown, 'is not valid JSON')
        }
      },
    }
  }

  #unusable(shown: string, what: string): HooklineError {
    const message = `${this.#options.provider}: ${shown}: the answer ${what}.`
    return new HooklineError('provider_answer_unusable', message)
  }

  #unreachable(shown: string, error: unknown, timeLimitMs: number): HooklineError {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    const why = isLate ? `no answer within ${timeLimitMs / 1000} s` : connectionFault(error)
    const message = `${this.#options.provider}: ${shown}: ${why}.`
    return new HooklineError('provider_unavailable', message)
  }

  #pathOf(url: URL): string {
    const base = this.#base.pathname
    return url.pathname.startsWith(base) ? `/${url.pathname.slice(base.length)}` : url.pathname
  }
}

function redirectOf({ status, headers }: Response, from: URL): URL | null {
  const location = headers.get('location')
  if (!REDIRECTS.has(status) || location === null || !URL.canParse(location, from)) return null
  return new URL(location, from)
}

/** `<https://…?page=2>; rel="next"` in RFC 8288. */
function nextLink({ headers }: ApiAnswer): string | null {
  const links = headers.get('link')?.matchAll(/<([^>]*)>([^<]*)/g) ?? []
  for (const [, url = '', params = ''] of links) {
    if (/;\s*rel="?next"?/.test(params)) return url
  }
  return null
}

/** Also hides a token without its scheme: `Bearer …`. */
function redactorOf(secrets: readonly string[]): (text: string) => string {
  const redactor = new Redactor()
  redactor.set(secrets.flatMap((secret) => [secret, secret.replace(/^\w+ /, '')]))
  return (text) => redactor.text(text)
}

/** The code of the system, as messages of the HTTP client could quote what was sent. */
function connectionFault(error: unknown): string {
  const cause = error instanceof Error ? error.cause : null
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return `the connection failed${code}`
}
