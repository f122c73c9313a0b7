import type { Agent, Dispatcher } from 'undici'
import { HooklineError, type ProgramRun } from '../../../core/sdk/executor.ts'
import type { OutgoingRequest } from './request.ts'
import { type ReceivedResponse, readResponse } from './response.ts'

export interface ExchangeOptions {
  readonly agent: Agent
  readonly redirects: number
  readonly allowHttp: boolean
  readonly responseLimitBytes: number
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/**
 * Sends a request, follows its redirects and reads the response. Rejects if there is no response, and with
 * `address_refused` if an address or a redirect is not allowed.
 */
export async function exchange(
  first: OutgoingRequest,
  run: Pick<ProgramRun, 'signal' | 'write'>,
  options: ExchangeOptions,
): Promise<ReceivedResponse> {
  const stop = new AbortController()
  const abort = () => stop.abort(new Error('stopped'))
  run.signal.addEventListener('abort', abort, { once: true })
  if (run.signal.aborted) abort()
  try {
    let request = first
    for (let left = options.redirects; ; left--) {
      const response = await send(request, stop.signal, options.agent)
      const next = left === 0 ? null : redirected(request, response, options)
      if (next === null) return await readResponse(response, run, options.responseLimitBytes)
      response.body.on('error', () => {}).destroy()
      request = next
    }
  } finally {
    run.signal.removeEventListener('abort', abort)
  }
}

function send(
  { url, method, headers, body }: OutgoingRequest,
  signal: AbortSignal,
  agent: Agent,
): Promise<Dispatcher.ResponseData> {
  const path = url.pathname + url.search
  return agent.request({ origin: url.origin, path, method, headers, body, signal })
}

/** The request after a redirect, by https://fetch.spec.whatwg.org/#http-redirect-fetch. Null: this is no redirect. */
function redirected(
  request: OutgoingRequest,
  { statusCode, headers }: Dispatcher.ResponseData,
  options: ExchangeOptions,
): OutgoingRequest | null {
  const location = [headers.location].flat()[0]
  if (!REDIRECTS.has(statusCode) || location === undefined) return null
  const url = URL.canParse(location, request.url) ? new URL(location, request.url) : null
  checkTarget(url, options)
  const next = { ...request, url, ...methodAfter(statusCode, request) }
  if (url.origin === request.url.origin) return next
  if (next.body !== null && request.bodyIsPrivate) {
    throw refused(url, 'the body holds a secret that is not for another origin')
  }
  const kept = Object.entries(next.headers).filter(([name]) => !request.private.has(name))
  return { ...next, headers: Object.fromEntries(kept) }
}

function checkTarget(url: URL | null, { allowHttp }: ExchangeOptions): asserts url is URL {
  const isHttp = url?.protocol === 'http:'
  if (url === null || (!isHttp && url.protocol !== 'https:')) {
    throw refused(null, 'it does not lead to `https:`')
  }
  if (isHttp && !allowHttp) throw refused(url, 'it leads to `http:`, and `allowHttp` is not set')
  if (url.username !== '' || url.password !== '') throw refused(url, 'it brings credentials')
}

function methodAfter(
  status: number,
  { method, body, headers }: OutgoingRequest,
): Pick<OutgoingRequest, 'method' | 'body' | 'headers'> {
  const becomesGet =
    status === 303 ? method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST'
  if (!becomesGet) return { method, body, headers }
  const { 'content-type': _type, ...rest } = headers
  return { method: 'GET', body: null, headers: rest }
}

function refused(url: URL | null, why: string): HooklineError {
  const to = url === null ? '' : ` to ${url.origin}`
  return new HooklineError('address_refused', `A redirect${to} is not followed: ${why}.`, {
    remedy: 'Set `url` to the final address.',
  })
}
