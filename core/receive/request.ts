import type { Answer } from '../contracts/delivery.ts'
import type { AcceptReceipt } from '../contracts/store.ts'

/** A request whose body has not been read yet. */
export interface ReceiveRequest {
  readonly source: string
  readonly method: string
  /** Path and query as sent. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly socketAddress: string | null
  /** Rejects with `delivery_too_large` or `delivery_timeout`. */
  readBody(maxBytes: number): Promise<Uint8Array>
}

export type ReceiveResult =
  /** `answer` is the sender's due; null: Hookline's own. */
  | { readonly kind: 'accepted'; readonly receipt: AcceptReceipt; readonly answer: Answer | null }
  | { readonly kind: 'answered'; readonly answer: Answer }
