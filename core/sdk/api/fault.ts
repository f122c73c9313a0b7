import { type ErrorCode, HooklineError, isHooklineError } from '../../errors/errors.ts'
import { isRecord } from '../../kit/is-record.ts'
import { parseJson } from '../../kit/json.ts'
import { visible } from '../../kit/visible.ts'
import { isRateLimited, waitSeconds } from './rate-limit.ts'

/** The parts of an answer that tell what went wrong. */
export interface FailedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

const MAX_MESSAGE = 300
const FIRST_RETRY_MS = 5000
const MAX_RETRY_MS = 10 * 60_000
/** Where providers tell what went wrong, the most precise place first. */
const MESSAGES = [
  ['error', 'message'],
  ['error_description'],
  ['message'],
  ['description'],
  ['error'],
]
const RETRYABLE: ReadonlySet<string> = new Set<ErrorCode>([
  'provider_rate_limited',
  'provider_unavailable',
  'provider_answer_unusable',
])

/** A fault as it is kept and shown, without secrets. */
export function shownFault(error: unknown, redact: (text: string) => string) {
  const known = isHooklineError(error)
    ? error
    : new HooklineError('internal', error instanceof Error ? error.message : 'unknown')
  const { code, message, remedy } = known
  return { code, message: redact(message), remedy }
}

/** Whether a failed call may succeed if it is made again later. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && RETRYABLE.has(String(error.code))
}

/** How long to wait before a call is made again that has failed so many times in a row: longer each time, 10 minutes at most, and as long as the provider asks. */
export function retryMs(error: unknown, failures: number): number {
  const backoff = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
  const asked = isHooklineError(error) ? error.fields['retryAfterSeconds'] : null
  return Math.max(backoff, typeof asked === 'number' ? asked * 1000 : 0)
}

/** The error of an answer that is no success. `call` names who was called with what: `GitHub: GET /app`. */
export function answerFault(
  call: string,
  { status, headers, text }: FailedAnswer,
  redact: (text: string) => string,
  now: number,
): HooklineError {
  const code = codeOf(status, headers)
  // Shortened last: a secret that is cut in two would not be found.
  const said = visible(redact(providerMessage(text)).slice(0, MAX_MESSAGE).toWellFormed())
  const isAsked =
    code === 'provider_rate_limited' ||
    (code === 'provider_unavailable' && headers.has('retry-after'))
  const wait = isAsked ? waitSeconds(headers, now) : null
  const fields = { status, ...(wait !== null && { retryAfterSeconds: wait }) }
  const until = wait === null ? '' : ` It allows the next call in ${wait} s.`
  const message = `${call} was answered with ${status}${said === '' ? '' : `: ${said}`}.${until}`
  return new HooklineError(code, message.replace(/([.!?])\.$/, '$1'), { fields })
}

function codeOf(status: number, headers: Headers): ErrorCode {
  if (isRateLimited({ status, headers })) return 'provider_rate_limited'
  if (status === 401) return 'provider_unauthorized'
  if (status === 403) return 'provider_forbidden'
  if (status === 404 || status === 410) return 'provider_not_found'
  if (status >= 500 || status === 408) return 'provider_unavailable'
  return 'provider_refused'
}

function providerMessage(text: string): string {
  let body: unknown
  try {
    body = parseJson(text)
  } catch {
    // A page of a proxy tells nothing in a line.
    return ''
  }
  const main = MESSAGES.map((path) => textAt(body, path)).find((found) => found !== null) ?? ''
  const details = isRecord(body) && Array.isArray(body['errors']) ? body['errors'] : []
  const more = details.map((item) => (typeof item === 'string' ? item : textAt(item, ['message'])))
  const all = [main, ...more].filter((part) => part !== null && part !== '').join('; ')
  return all.replace(/\s+/g, ' ').trim()
}

function textAt(body: unknown, path: readonly string[]): string | null {
  let value = body
  for (const key of path) value = isRecord(value) ? value[key] : null
  if (typeof value === 'string') return value
  // GitLab names the fields: `{ "message": { "url": ["is blocked"] } }`.
  return isRecord(value) && path.length === 1 ? JSON.stringify(value) : null
}
