/** A delivery as a vendor's types or documents describe it, and the documented facts that it does not have. */
export interface FactSample {
  readonly source: string
  readonly type: string
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Facts that are null, each because the vendor sends no such value with this event. */
  readonly nulls: readonly string[]
  /** Facts whose values are looked at. */
  readonly facts?: Readonly<Record<string, unknown>>
}
