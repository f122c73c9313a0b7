/** Asks a provider for the deliveries that did not reach this service. */
export interface MissedDeliveries {
  /** Where is asked. Absent: at every target of the source's registrar. */
  readonly at?: {
    /** At least one; each once. */
    readonly targets: readonly string[]
    /** The provider's id of the webhook with a URL. Throws `HooklineError`s with a code `provider_…`. */
    find(target: string, url: string, signal: AbortSignal): Promise<string>
  }
  /**
   * The deliveries that the provider tried and failed to make since a moment, the oldest first, each sender's id once. It
   * may give some that arrived after all: whether an id is known is looked up afterwards. Throws `HooklineError`s with a
   * code `provider_…`, as `fetch` does.
   */
  list(query: MissedQuery): AsyncIterable<MissedDelivery>
}

export interface MissedQuery {
  /** In the words of the provider: `acme/shop`. */
  readonly target: string
  /** The provider's id of our webhook at the target. */
  readonly hook: string
  readonly since: Date
  readonly signal: AbortSignal
}

/** A delivery as the provider lists it. */
export interface MissedDelivery {
  /** The sender's id, as `parse` gives it for the event of this delivery. */
  readonly senderId: string
  /** As of events of the source. It may lack its last parts where the list does not tell them. */
  readonly type: string
  readonly sentAt: Date
  /** Gets the whole delivery. */
  fetch(signal: AbortSignal): Promise<FetchedDelivery>
}

/** A request that the provider sent, or would have sent. */
export interface FetchedDelivery {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /**
   * Whether these are the bytes and the headers that were sent, so that `verify` must accept them. False: the API tells
   * them in another form. Then a delivery that `verify` refuses is trusted because it came from the provider's API.
   */
  readonly isExact: boolean
}
