import type { EventRequest } from '../contracts/event.ts'
import type { DeliveryRecord } from '../contracts/store.ts'

type RequestRecord = Pick<DeliveryRecord, 'method' | 'path' | 'headers' | 'client' | 'body'>

/** The request of a delivery as it is stored. Query and body are read when they are first needed. */
export function requestOf({ method, path, headers, client, body }: RequestRecord): EventRequest {
  const mark = path.indexOf('?')
  let query: EventRequest['query'] | undefined
  let text: string | undefined
  return {
    method,
    path: mark === -1 ? path : path.slice(0, mark),
    headers,
    client,
    get query() {
      query ??= mark === -1 ? {} : firstValues(path.slice(mark + 1))
      return query
    },
    get body() {
      text ??= new TextDecoder().decode(body)
      return text
    },
  }
}

function firstValues(query: string): Readonly<Record<string, string>> {
  const values = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (!values.has(name)) values.set(name, value)
  }
  return Object.fromEntries(values)
}

/**
 * Whether options or the text of a condition name the request of an event, so that it has to be read for them. May be true
 * where they only look like it. A condition that is a function may always read it.
 */
export function namesRequest(written: unknown): boolean {
  const text = typeof written === 'string' ? written : JSON.stringify(written)
  return text === '[function]' || /\brequest\b/.test(text)
}
