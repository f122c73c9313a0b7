import type { Delivery } from '../contracts/delivery.ts'
import { decodeUtf8, parseJson } from '../kit/json.ts'

export interface DeliveryParts {
  readonly id: string
  readonly source: string
  readonly method: string
  /** Scheme and host of the public URL, without a final slash. */
  readonly publicUrl: string
  /** Path and query as sent. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  readonly client: string | null
  readonly receivedAt: Date
}

/** A delivery whose text, JSON and query are read only when asked for, and only once. */
export class ReceivedDelivery implements Delivery {
  readonly id: string
  readonly source: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  readonly client: string | null
  readonly receivedAt: Date
  readonly #publicUrl: string
  #query: URLSearchParams | null = null
  #text: string | null = null
  #json: { readonly value: unknown } | null = null

  constructor(parts: DeliveryParts) {
    this.id = parts.id
    this.source = parts.source
    this.method = parts.method
    this.path = parts.path
    this.headers = parts.headers
    this.body = parts.body
    this.client = parts.client
    this.receivedAt = parts.receivedAt
    this.#publicUrl = parts.publicUrl
  }

  get url(): string {
    return this.#publicUrl + this.path
  }

  get query(): URLSearchParams {
    const mark = this.path.indexOf('?')
    this.#query ??= new URLSearchParams(mark < 0 ? '' : this.path.slice(mark + 1))
    return this.#query
  }

  text(): string {
    const text = this.#text ?? decodeUtf8(this.body)
    this.#text = text
    return text
  }

  json(): unknown {
    this.#json ??= { value: parseJson(this.text()) }
    return this.#json.value
  }

  /** Whether a payload is the body itself, so that it need not be stored again. */
  isWholeBody(payload: unknown): boolean {
    return (
      typeof payload === 'object' &&
      payload !== null &&
      this.#json?.value === payload &&
      this.body[0] !== BYTE_ORDER_MARK
    )
  }
}

// A byte order mark is not part of the JSON text: such a body is stored again without it.
const BYTE_ORDER_MARK = 0xef
