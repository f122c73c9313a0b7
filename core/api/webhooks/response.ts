import type { Answer } from '../../contracts/delivery.ts'

/** Statuses whose responses have no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

/** An answer with all its headers, their names in lower case. A body is plain text if they do not say what it is. */
export function completeAnswer(
  { status, headers = {}, body }: Answer,
  more: Readonly<Record<string, string>> = {},
): Answer {
  const complete: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...headers, ...more })) {
    complete[name.toLowerCase()] = value
  }
  complete['x-content-type-options'] = 'nosniff'
  if (body === undefined || BODILESS.has(status)) return { status, headers: complete }
  complete['content-type'] ??= 'text/plain; charset=UTF-8'
  return { status, headers: complete, body }
}

export function toResponse({ status, headers = {}, body }: Answer): Response {
  return new Response(body ?? null, { status, headers })
}
