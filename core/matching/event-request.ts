import type { EventRequest } from '../contracts/event.ts'
import type { DeliveryRecord } from '../contracts/store.ts'
import { ownGetters } from './own-getters.ts'

type RequestRecord = Pick<DeliveryRecord, 'method' | 'path' | 'headers' | 'client' | 'body'>

/** The request of a delivery as it is stored. Query and body are read when they are first needed. */
export function requestOf(record: RequestRecord): EventRequest {
  return new StoredRequest(record)
}

class StoredRequest implements EventRequest {
  readonly method: string
  readonly path: string
  readonly headers: EventRequest['headers']
  readonly client: string | null
  readonly #search: string
  readonly #bytes: Uint8Array
  #query: EventRequest['query'] | undefined
  #text: string | undefined

  constructor({ method, path, headers, client, body }: RequestRecord) {
    const mark = path.indexOf('?')
    this.method = method
    this.path = mark === -1 ? path : path.slice(0, mark)
    this.headers = headers
    this.client = client
    this.#search = mark === -1 ? '' : path.slice(mark + 1)
    this.#bytes = body
    Object.defineProperties(this, REQUEST_GETTERS)
  }

  get query(): EventRequest['query'] {
    this.#query ??= firstValues(this.#search)
    return this.#query
  }

  get body(): string {
    this.#text ??= new TextDecoder().decode(this.#bytes)
    return this.#text
  }
}

const REQUEST_GETTERS = ownGetters(StoredRequest.prototype)

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

/** Whether options name the link that approves a task. May be true where they only look like it. */
export function namesApprovalLink(written: unknown): boolean {
  return /\bapprovalLink\b/.test(JSON.stringify(written))
}
