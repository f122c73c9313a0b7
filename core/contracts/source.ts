import type { ZodObject, z } from 'zod'
import type { Answer, Delivery, Refusal, Verdict } from './delivery.ts'
import type { EventCatalog, ParsedEvent } from './event.ts'
import type { PluginContext, PluginUse } from './plugin.ts'
import type { ChangeLookup } from './provider/changes.ts'
import type { MissedDeliveries } from './provider/missed.ts'
import type { HookRegistrar } from './provider/registration.ts'
import type { TaskReporter } from './provider/report.ts'

/** A configured source. */
export interface SourceInstance {
  /**
   * Decides from the raw bytes whether the delivery is from its sender. If it throws, the delivery is refused; with
   * `source_unavailable` the sender is asked to try again. It must not change anything, because `hookline doctor` calls
   * it again with variants of a delivery. Time limit: 15 seconds, as for `parse` and `answer`.
   */
  verify(delivery: Delivery): Verdict | Promise<Verdict>
  /** The events of a verified delivery: none (a ping), one or several. Throws `delivery_unparsable` for a body that makes no sense. */
  parse(delivery: Delivery): readonly ParsedEvent[] | Promise<readonly ParsedEvent[]>
  /**
   * Answers requests without a signature, before `verify` and for any method: a GET that proves the URL, an OPTIONS. It
   * must check whatever it trusts; nothing is stored. A refusal is recorded and answered with 401. If it returns
   * undefined, a request of one of the `methods` of the source is processed as a delivery, and any other gets 405.
   */
  answer?(delivery: Delivery): SourceAnswer | Promise<SourceAnswer>
  /**
   * The answer that the sender expects instead of Hookline's own 202: to every delivery, or to a signed challenge, for
   * which `parse` returns no event. Called after the commit, for duplicates too. If it throws, the error is logged and
   * Hookline's own answer is sent.
   */
  acknowledge?(delivery: Delivery): Answer | undefined | Promise<Answer | undefined>
  /** The headers that the real sender would add, for `hookline send` and the contract suite. Absent if only the sender can sign. */
  sign?(draft: DeliveryDraft): Readonly<Record<string, string>>
  /** For senders whose proof is in the body or the URL: the draft with its proof. Called before `sign`. */
  embedProof?(draft: DeliveryDraft): DeliveryDraft
  /** A test delivery of an event type as these options need it. Default: that of the definition. */
  sample?(event: string): string
  /** `Content-Encoding`s of bodies that the source itself undoes, in lower case. Default: compressed bodies are refused. */
  readonly contentEncodings?: readonly string[]
  /** True if the options let `verify` accept deliveries from anybody. Hookline then warns. */
  readonly unverified?: boolean
  /** Registers the source's webhooks at its provider. Absent: the options do not ask for it, or it cannot be done. */
  readonly registrar?: HookRegistrar
  /** Asks for deliveries that did not arrive. Absent: the provider does not tell them. Without `at`, it needs a registrar. */
  readonly missed?: MissedDeliveries
  /** Tells the provider how tasks go. Absent: the options name no token for its API, or it cannot be told. */
  readonly reporter?: TaskReporter
  /** Asks the provider which files an event changed. Absent: it cannot be asked. */
  readonly changes?: ChangeLookup
  /** When the source has deliveries without a sender. Absent: only a sender makes them. */
  readonly schedule?: Schedule
}

/** Times at which Hookline itself makes a delivery. */
export interface Schedule {
  /** Changes when other times are meant. */
  readonly text: string
  /** Of the times that passed while no node ran, how many of the newest are made up for. */
  readonly catchUp: number
  /** The first time after another one; null: there is none. */
  next(after: Date): Date | null
  /** The newest times before another one, at most as many as asked for, the newest first. */
  latest(before: Date, count: number): readonly Date[]
  /** The body of the delivery for a time, as JSON. The id of its event must be the same for the same time. */
  body(at: Date, isLate: boolean): string
}

/** An answer, a refusal with its reason, or undefined for a request that is not answered here. */
export type SourceAnswer = Answer | Refusal | undefined

/** A delivery that is to be signed and sent as its provider would. */
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
  /** One word, which is also the name of the file and of the export. */
  readonly name: Name
  /** One sentence for `hookline init` and the reference. */
  readonly summary: string
  /** The vendor's page about how deliveries are signed. */
  readonly documentation?: string
  /** Where the sender is given the URL and the secret, in one to three sentences. */
  readonly setup?: string
  /** False: nobody sends, and Hookline makes the deliveries itself (`SourceInstance.schedule`). Default: true. */
  readonly hasSender?: boolean
  /**
   * The option with a secret that the receiver chooses, so that one can be generated. Absent: the sender issues its
   * secrets.
   */
  readonly generates?: string
  readonly options: Options
  /** Senders for which the options `preset`, one of these names, and `secret` are enough. */
  readonly presets?: Readonly<Record<string, SourcePreset>>
  readonly events: EventCatalog
  /** The known actions of event types (`opened` of `pull_request`). A rule on another one gets a warning. */
  readonly actions?: Readonly<Record<string, readonly string[]>>
  /** Headers that carry a secret, in addition to the usual ones. They are masked before a delivery is stored. */
  readonly secretHeaders?: readonly string[] | ((options: z.output<Options>) => readonly string[])
  /** Query parameters that carry a secret, in addition to those named like one. They are masked in the same way. */
  readonly secretParameters?:
    | readonly string[]
    | ((options: z.output<Options>) => readonly string[])
  /** Names the type of each event's payload; types only, see `payloads()`. */
  readonly payloads?: Payloads
  /**
   * Largest body in bytes that `text()` and `json()` of a delivery read before `verify` has accepted it. Default:
   * 256 KiB. A stranger makes this service parse that much, so raise it only for a sender that has its proof in larger
   * bodies. `Infinity` if `verify` reads the body only after its signature has matched.
   */
  readonly maxUnverifiedBytes?: number
  /** The body of a test delivery of an event type, in the sender's own words. */
  sample?(event: string): string
  create(options: z.output<Options>, context: PluginContext): SourceInstance
}

/** A sender whose options a source knows. */
export interface SourcePreset {
  /** As the sender writes its name. */
  readonly title: string
  /** The sender's page about its webhooks. */
  readonly documentation: string
  /** Where the sender is given the URL and the secret. */
  readonly setup: string
  /** Whether the receiver chooses the secret, so that one can be generated. */
  readonly generates?: boolean
}

/** Options that every source takes besides its own. */
export interface SourceAccessOptions {
  /** Addresses or CIDR ranges (IPv4, IPv6) that may deliver. Default: all. */
  readonly allow?: readonly string[]
  /** Largest accepted body in bytes. Default: `limits.maxBodyBytes` of the config, 25 MiB. */
  readonly maxBodyBytes?: number
  /**
   * Another path at which senders deliver: `/hooks/deploy`. Hookline's own paths cannot be taken. Default: only
   * `/api/webhooks/{name}`.
   */
  readonly path?: string
  /** Methods of requests that are deliveries. Default: POST. */
  readonly methods?: 'any' | readonly string[]
  /**
   * Answers instead of the usual ones: to an accepted delivery that no rule matches (its usual status here is 200), and to
   * a sender that could not be verified (401).
   */
  readonly answers?: {
    readonly unmatched?: Partial<Answer>
    readonly refused?: Partial<Answer>
  }
  /** Deliveries per second from all senders together, with bursts of up to `burst`. Default: no limit. */
  readonly rateLimit?: { readonly perSecond: number; readonly burst?: number }
}

/** A source in a config: plain data, and the definition too if TypeScript code created it. */
export type SourceUse<Payloads = unknown> = PluginUse<SourceDefinition> & {
  readonly payloads?: Payloads
}
