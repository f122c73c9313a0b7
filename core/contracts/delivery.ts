/**
 * One HTTP request as it arrived. Header names are lower case; repeated headers are joined by `, `. Until the delivery is
 * verified, `text()` and `json()` throw `delivery_too_large` for a body that would cost much to read.
 */
export interface Delivery {
  /** Hookline's own id of this delivery, `dlv_…`, sortable by time of arrival. */
  readonly id: string
  /** Name of the source in the config, not of its plugin. */
  readonly source: string
  readonly method: string
  /** The URL the sender called: `publicUrl` of the config, path and query. Never built from a request header. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly query: URLSearchParams
  /** The raw bytes. Verify over these, never over a parsed form. */
  readonly body: Uint8Array
  /** Address of the sender behind trusted proxies; null if the connection was already closed. */
  readonly client: string | null
  /** Whether the request came from a trusted proxy (`trustedProxies`), so that headers which only a proxy sets mean something. */
  readonly viaProxy: boolean
  readonly receivedAt: Date
  /** The body as text, in the charset of its Content-Type, by default UTF-8. Throws `delivery_unparsable` where it is not. */
  text(): string
  /** The body as JSON, parsed once. An integer beyond 2^53 is a bigint. Throws `delivery_unparsable` where it is not JSON. */
  json(): unknown
}

/** The result of verifying a delivery. It is a value, so that a missing `return` cannot accept a delivery. */
export type Verdict = { readonly ok: true } | Refusal

/** `reason` is for the operator: it never holds a secret, a signature or part of the body. */
export interface Refusal {
  readonly ok: false
  readonly reason: string
}

/** A response of a source itself, such as to a handshake or a challenge. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

export type DeliveryOutcome = 'accepted' | 'duplicate' | 'refused'
