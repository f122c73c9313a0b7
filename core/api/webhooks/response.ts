import type { Answer } from '../../contracts/delivery.ts'

/** Statuses whose responses have no body. */
const BODILESS = new Set([204, 205, 304])

/** The response of an answer. A body is plain text if its headers do not say what it is. */
export function toResponse(
  { status, headers, body }: Answer,
  more: Readonly<Record<string, string>> = {},
): Response {
  const content = BODILESS.has(status) ? null : (body ?? null)
  const answered = new Response(content, { status, headers: { ...headers, ...more } })
  if (content !== null && !new Headers(headers).has('content-type')) {
    answered.headers.set('content-type', 'text/plain; charset=UTF-8')
  }
  answered.headers.set('x-content-type-options', 'nosniff')
  return answered
}
