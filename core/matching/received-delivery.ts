import type { Delivery } from '../contracts/delivery.ts'
import { HooklineError } from '../errors/errors.ts'
import { charsetOf, decodeText } from '../kit/content-type.ts'
import { hasMoreValues, parseJson } from '../kit/json.ts'

/** Default of `SourceDefinition.maxUnverifiedBytes`. */
export const MAX_UNVERIFIED_BYTES = 256 * 1024
/** Most values of a JSON body that are read before the delivery is verified. */
const MAX_UNVERIFIED_VALUES = 20_000
/** Most values of a JSON body from a sender whom the source accepts without proof. Parsing more would block the process. */
const MAX_UNPROVEN_VALUES = 200_000

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
  /** Default: false. */
  readonly viaProxy?: boolean
  readonly receivedAt: Date
  /** Largest body that is read before `markVerified`, see `SourceDefinition`. Default: the delivery needs no verification. */
  readonly maxUnverifiedBytes?: number
}

/** A delivery. Its text, JSON and query are read when first needed, and only once. */
export class ReceivedDelivery implements Delivery {
  readonly id: string
  readonly source: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  readonly client: string | null
  readonly viaProxy: boolean
  readonly receivedAt: Date
  readonly #publicUrl: string
  #query: URLSearchParams | null = null
  #text: string | null = null
  #json: { readonly value: unknown } | null = null
  #maxBytes: number
  #maxValues: number

  constructor(parts: DeliveryParts) {
    this.id = parts.id
    this.source = parts.source
    this.method = parts.method
    this.path = parts.path
    this.headers = parts.headers
    this.body = parts.body
    this.client = parts.client
    this.viaProxy = parts.viaProxy ?? false
    this.receivedAt = parts.receivedAt
    this.#publicUrl = parts.publicUrl
    const { maxUnverifiedBytes: maxBytes = Number.POSITIVE_INFINITY } = parts
    this.#maxBytes = maxBytes
    this.#maxValues = Number.isFinite(maxBytes) ? MAX_UNVERIFIED_VALUES : maxBytes
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
    this.#checkSize()
    const text = this.#text ?? decodeText(this.body, this.headers['content-type'])
    this.#text = text
    return text
  }

  json(): unknown {
    this.#json ??= this.#parse()
    return this.#json.value
  }

  /** Lifts the limits of a body that nobody has vouched for. Without a proof, many values are still refused. */
  markVerified(isProven: boolean): void {
    this.#maxBytes = Number.POSITIVE_INFINITY
    this.#maxValues = isProven ? Number.POSITIVE_INFINITY : MAX_UNPROVEN_VALUES
  }

  /** Drops what was read of the body, so that it takes no memory during a wait. It is read again when needed. */
  forget(): void {
    this.#text = null
    this.#json = null
  }

  #parse(): { readonly value: unknown } {
    this.#checkSize()
    if (Number.isFinite(this.#maxValues) && hasMoreValues(this.body, this.#maxValues)) {
      throw tooLarge(`${this.#maxValues} values`)
    }
    return { value: parseJson(this.text()) }
  }

  #checkSize(): void {
    if (this.body.byteLength > this.#maxBytes) throw tooLarge(`${this.#maxBytes} bytes`)
  }

  /** Whether a payload is exactly the JSON of the body, so that it need not be stored a second time. */
  isWholeBody(payload: unknown): boolean {
    return (
      typeof payload === 'object' &&
      payload !== null &&
      this.#json?.value === payload &&
      this.body[0] !== BYTE_ORDER_MARK &&
      charsetOf(this.body, this.headers['content-type']) === 'utf-8'
    )
  }
}

function tooLarge(most: string): HooklineError {
  return new HooklineError(
    'delivery_too_large',
    `A body of a sender who is not verified may have ${most} at most`,
  )
}

// A byte order mark is not part of the JSON text: such a body is stored again without it, as one in another charset is.
const BYTE_ORDER_MARK = 0xef
