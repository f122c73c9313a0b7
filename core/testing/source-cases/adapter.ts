import type { Facts } from '../../contracts/event.ts'
import type { DeliveryDraft, SourceDefinition } from '../../contracts/source.ts'

/** What the source suite needs to know about a source. */
export interface SourceAdapter {
  /** `github.definition`. */
  readonly definition: SourceDefinition
  /** Two valid secrets; each also stands for a wrong one where the source knows only the other. */
  readonly secrets: readonly [string, string]
  /** Options of the source that hold these secrets. */
  readonly options: (secrets: readonly string[]) => Readonly<Record<string, unknown>>
  /** Options without any secret, which must be refused. Default: none at all. */
  readonly optionsWithoutSecret?: Readonly<Record<string, unknown>>
  /**
   * All headers that the real sender adds to this delivery. Sign by other means than the source under test: the
   * vendor's own library, or a few lines from its documents. The body may be empty, or no UTF-8.
   */
  readonly sign: (draft: DeliveryDraft, secret: string) => SignedHeaders | Promise<SignedHeaders>
  /** For a sender whose proof is in the body or the URL: the draft with it, by the same means. Called before `sign`. */
  readonly embedProof?: (
    draft: DeliveryDraft,
    secret: string,
  ) => DeliveryDraft | Promise<DeliveryDraft>
  /** The source has no `sign`, since only the sender holds the key. */
  readonly cannotSign?: true
  /** Header of the signature or token. Left out only where `proofField` or `proofQuery` is given. */
  readonly proofHeader?: string
  /** In place of the header: a query parameter of the URL. */
  readonly proofQuery?: string
  /** In place of the header: the path of a field of the JSON body, and the paths of those it covers. */
  readonly proofField?: { readonly name: string; readonly covers: readonly string[] }
  /** Other headers without which a delivery is refused. */
  readonly neededHeaders?: readonly string[]
  /** Whether the proof covers the body. False for a bare token. */
  readonly coversBody: boolean
  /** Where a signed timestamp has a limit. */
  readonly toleranceSeconds?: number
  /** The time is in the body, so that one without it is refused. */
  readonly timeInBody?: true
  /** An empty body is an event too. */
  readonly takesEmptyBody?: true
  /** The sender determines the facts, so they are not documented. */
  readonly anyFacts?: boolean
  readonly samples: readonly [SourceSample, ...SourceSample[]]
}

export type SignedHeaders = Readonly<Record<string, string>>

/** A delivery of the sender and the event expected from it. */
export interface SourceSample {
  /** In the sender's own words. */
  readonly event: string
  readonly body: string | Uint8Array
  /** Default `application/json`. */
  readonly contentType?: string
  /** Type of the parsed event. */
  readonly type: string
  /** Facts that the event has among others. */
  readonly facts?: Facts
}
