import type { ZodObject, z } from 'zod'
import type { Answer, Delivery, Refusal, Verdict } from './delivery.ts'
import type { EventCatalog, ParsedEvent } from './event.ts'
import type { PluginContext, PluginUse } from './plugin.ts'

/** A configured source. */
export interface SourceInstance {
  /**
   * Decides over the raw bytes whether the sender is who it says it is. A throw refuses the delivery, but for
   * `source_unavailable`: then the sender is told to come again. It changes nothing: `hookline doctor` asks it again,
   * with a delivery as it might have been. 15 seconds at most, as for `parse` and `answer`.
   */
  verify(delivery: Delivery): Verdict | Promise<Verdict>
  /** Called only for a verified delivery. None (a ping), one or several events. Throw `delivery_unparsable` on nonsense. */
  parse(delivery: Delivery): readonly ParsedEvent[] | Promise<readonly ParsedEvent[]>
  /**
   * Answers what a sender asks without a signature, before `verify` and by any method: a GET that proves the URL, an
   * OPTIONS. It must itself check what it has to trust; nothing of it is kept. A refusal is recorded and answered with
   * 401. Undefined lets a POST go on, and refuses every other method with 405.
   */
  answer?(delivery: Delivery): SourceAnswer | Promise<SourceAnswer>
  /**
   * What the sender expects in place of 202 and Hookline's own answer: to a signed challenge, which `parse` turns into
   * no event, or to any delivery. Called after the commit, for a repeated delivery too; a throw is logged, and the own
   * answer sent.
   */
  acknowledge?(delivery: Delivery): Answer | undefined | Promise<Answer | undefined>
  /** The headers that the real sender would add, for `hookline send` and the contract suite. Absent where only the sender can sign. */
  sign?(draft: DeliveryDraft): Readonly<Record<string, string>>
  /** For a sender whose proof is in the body or the URL: the draft with it. Called before `sign`. */
  seal?(draft: DeliveryDraft): DeliveryDraft
  /** True where an option says that `verify` takes deliveries from anybody. A warning then tells of it. */
  readonly unverified?: boolean
}

/** An answer, a refusal with its reason, or nothing to say. */
export type SourceAnswer = Answer | Refusal | undefined

/** A delivery about to be signed and sent as a provider would. */
export interface DeliveryDraft {
  /** Event type in the sender's own words, e.g. `push`. */
  readonly event: string
  /** The sender's id of the delivery. */
  readonly id: string
  readonly body: Uint8Array
  readonly url: string
  readonly sentAt: Date
}

/** A source plugin. */
export interface SourceDefinition<
  Name extends string = string,
  Options extends ZodObject = ZodObject,
  Payloads = unknown,
> {
  readonly kind: 'source'
  /** One word, the file's name and the export's name too. */
  readonly name: Name
  /** One sentence for `hookline init` and the reference. */
  readonly summary: string
  /** Page of the vendor that says how deliveries are signed. */
  readonly documentation?: string
  readonly options: Options
  readonly events: EventCatalog
  /** Headers that carry a secret (a token), beside the usual ones. They are masked before a delivery is stored. */
  readonly secretHeaders?: readonly string[] | ((options: z.output<Options>) => readonly string[])
  /** Names the type of each event's payload; types only, see `payloads()`. */
  readonly payloads?: Payloads
  create(options: z.output<Options>, context: PluginContext): SourceInstance
}

/** What every source can also be given in its options. */
export interface SourceAccessOptions {
  /** Addresses or CIDR ranges (IPv4, IPv6) that may deliver. Default: all. */
  readonly allow?: readonly string[]
  /** Largest accepted body in bytes. Default: `limits.maxBodyBytes` of the config, 25 MiB. */
  readonly maxBodyBytes?: number
  /** Deliveries per second from all senders together, with bursts of up to `burst`. Default: no limit. */
  readonly rateLimit?: { readonly perSecond: number; readonly burst?: number }
}

/** A source as a config holds it: plain data, with the definition beside it where TypeScript code made it. */
export type SourceUse<Payloads = unknown> = PluginUse<SourceDefinition> & {
  readonly payloads?: Payloads
}
