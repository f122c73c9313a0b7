/** One HTTP request as it arrived. Header names are lower case; repeated headers are joined by `, `. */
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
  /** Address of the sender behind trusted proxies; null when the connection had gone. */
  readonly client: string | null
  readonly receivedAt: Date
  /** The body as UTF-8. Throws `delivery_unparsable` where it is not UTF-8. */
  text(): string
  /** The body as JSON, parsed once. Throws `delivery_unparsable` where it is not JSON. */
  json(): unknown
}

/** What a source says of a delivery's authenticity. A value, so that forgetting to return one cannot pass. */
export type Verdict = { readonly ok: true } | Refusal

/** `reason` is for the operator: it never holds a secret, a signature or part of the body. */
export interface Refusal {
  readonly ok: false
  readonly reason: string
}

/** A response that a source gives by itself: a handshake, a challenge. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export type DeliveryOutcome = 'accepted' | 'duplicate' | 'refused'
