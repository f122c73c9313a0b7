import type { ZodObject, z } from 'zod'
import type { Answer, Delivery } from '../contracts/delivery.ts'
import type { ParsedEvent } from '../contracts/event.ts'
import type { ConfigurableFields, PluginContext } from '../contracts/plugin.ts'
import type { ChangeLookup } from '../contracts/provider/changes.ts'
import type { MissedDeliveries } from '../contracts/provider/missed.ts'
import type { HookRegistrar } from '../contracts/provider/registration.ts'
import type { TaskReporter } from '../contracts/provider/report.ts'
import type {
  DeliveryDraft,
  SourceAccessOptions,
  SourceAnswer,
  SourceDefinition,
  SourceInstance,
  SourceUse,
} from '../contracts/source.ts'
import { checkedSecrets } from '../kit/secret.ts'
import { type Configure, configure } from './define.ts'
import {
  type EventScheme,
  eventHeaders,
  eventReader,
  type SourceEvent,
} from './events/event-reader.ts'
import { catalogOf, type EventTable } from './events/event-table.ts'
import { type JsonObject, jsonObject } from './events/payload.ts'
import { samplePayload } from './events/sample-payload.ts'
import type { Proof } from './signing/combine.ts'
import { type HmacScheme, hmacSignature } from './signing/signature.ts'

/** How deliveries are proved: `verify` checks a delivery, the rest does what the sender does. */
export type SourceProof = Proof & Pick<SourceInstance, 'unverified'>

type ParsedEvents<Event> = readonly Event[] | Promise<readonly Event[]>

/** Makes the proof of one configured source. */
export type SignatureMaker<Options extends ZodObject> = (
  options: z.output<Options>,
  context: PluginContext,
) => SourceProof

/** The parts of an instance that a source makes itself. */
export interface OwnParts extends Partial<Omit<SourceInstance, 'parse'>> {
  parse?(delivery: Delivery): ParsedEvents<SourceEvent>
}

/**
 * A source as data: who sends, how a delivery is proved and what its events mean. Functions are for what is particular
 * to one sender.
 */
export interface SourceDeclaration<
  Name extends string,
  Options extends ZodObject,
  Payloads,
  Events extends EventTable = EventTable,
> extends EventScheme<Events>,
    Omit<SourceDefinition<Name, Options, Payloads>, 'kind' | 'events' | 'sample' | 'create'> {
  /**
   * How deliveries are signed. As data: one HMAC, with the option `secret` (`secrets()`) for its secrets. A function
   * for any other proof: a token, a public key, several at once, a proof in the body. Called once per config.
   */
  readonly signature?:
    | (z.output<Options> extends { readonly secret: readonly string[] } ? HmacScheme : never)
    | SignatureMaker<Options>
  /** Headers that the sender adds beside the proof, the type and the id, for `hookline send`. */
  headers?(draft: DeliveryDraft): Readonly<Record<string, string>>
  /**
   * The JSON body of a test delivery. `payload` has type, action and facts where they are read as declared: without
   * this function it is the body.
   */
  sample?(event: string, payload: JsonObject): unknown
  /** The events of a verified delivery. Default: one, whose payload is the body, a JSON object. */
  parse?(delivery: Delivery, options: z.output<Options>): ParsedEvents<SourceEvent>
  /** See `SourceInstance.answer`. */
  answer?(
    delivery: Delivery,
    options: z.output<Options>,
    context: PluginContext,
  ): SourceAnswer | Promise<SourceAnswer>
  /** See `SourceInstance.acknowledge`. */
  acknowledge?(
    delivery: Delivery,
    options: z.output<Options>,
    context: PluginContext,
  ): Answer | undefined | Promise<Answer | undefined>
  /** The registrar of webhooks, if the options ask for one. See `SourceInstance.registrar`. */
  register?(options: z.output<Options>, context: PluginContext): HookRegistrar | undefined
  /** Asks for deliveries that did not arrive, if the options name where. See `SourceInstance.missed`. */
  missed?(options: z.output<Options>, context: PluginContext): MissedDeliveries | undefined
  /** Tells the provider how tasks go, if the options allow it. See `SourceInstance.reporter`. */
  reporter?(options: z.output<Options>, context: PluginContext): TaskReporter | undefined
  /** Asks the provider for changed files, if the options allow it. See `SourceInstance.changes`. */
  changes?(options: z.output<Options>, context: PluginContext): ChangeLookup | undefined
  /**
   * Needed only where several parts share what is made from the options or kept between deliveries, such as a secret
   * that the sender tells. Called once per config. Each part that it returns is used in place of the declared one.
   */
  create?(options: z.output<Options>, context: PluginContext): OwnParts
}

/** Payloads by type; without their types, the names of the events, so that editors complete them. */
type TypedEvents<Payloads, Events> = unknown extends Payloads
  ? string extends keyof Events
    ? unknown
    : // biome-ignore lint/suspicious/noExplicitAny: a payload without a type is read freely, as in `UndescribedPayload`
      { readonly [Type in Exclude<keyof Events, '*'>]: any }
  : Payloads

/** Defines a source plugin. Nothing runs until a config uses it. */
export function defineSource<
  const Name extends string,
  Options extends ZodObject,
  Payloads = unknown,
  const Events extends EventTable = EventTable,
>(
  declaration: SourceDeclaration<Name, Options, Payloads, Events>,
): Configure<
  SourceDefinition<Name, Options, Payloads>,
  ConfigurableFields<z.input<Options>> & ConfigurableFields<SourceAccessOptions>,
  SourceUse<TypedEvents<Payloads, Events>>
> {
  const { type, action, id, signature, headers, parse, answer, acknowledge, ...rest } = declaration
  const { register, missed, reporter, changes, create, sample, ...described } = rest
  return configure({
    kind: 'source',
    ...described,
    events: catalogOf(declaration.events),
    sample: (event) => {
      const payload = samplePayload(declaration, event)
      return JSON.stringify(sample?.(event, payload) ?? payload)
    },
    create: instanceMaker(declaration),
  })
}

function instanceMaker<Name extends string, Options extends ZodObject, Payloads>(
  declaration: SourceDeclaration<Name, Options, Payloads>,
) {
  const { signature, headers, parse = parseWhole, answer, acknowledge } = declaration
  const complete = eventReader(declaration)
  return (options: z.output<Options>, context: PluginContext): SourceInstance => {
    const own = declaration.create?.(options, context) ?? {}
    const proof = proofOf(signature, options, context)
    const { verify, sign } = { ...proof, ...own }
    if (verify === undefined) throw new Error('it has no `signature`: deliveries must be verified')
    const registrar = declaration.register?.(options, context)
    const missed = declaration.missed?.(options, context)
    const reporter = declaration.reporter?.(options, context)
    const changes = declaration.changes?.(options, context)
    const find = own.parse ?? ((delivery: Delivery) => parse(delivery, options))
    return {
      ...proof,
      ...(answer && { answer: (delivery: Delivery) => answer(delivery, options, context) }),
      ...(acknowledge && {
        acknowledge: (delivery: Delivery) => acknowledge(delivery, options, context),
      }),
      ...(registrar && { registrar }),
      ...(missed && { missed }),
      ...(reporter && { reporter }),
      ...(changes && { changes }),
      ...own,
      verify,
      parse: (delivery) => {
        const completeAll = (found: readonly SourceEvent[]): readonly ParsedEvent[] =>
          found.map((event) => complete(delivery, event))
        const found = find(delivery)
        return found instanceof Promise ? found.then(completeAll) : completeAll(found)
      },
      ...(sign && {
        sign: (draft: DeliveryDraft) => ({
          ...eventHeaders(declaration, draft),
          ...headers?.(draft),
          ...sign(draft),
        }),
      }),
    }
  }
}

function parseWhole(delivery: Delivery): readonly SourceEvent[] {
  return [{ payload: jsonObject(delivery) }]
}

function proofOf<Options>(
  signature: HmacScheme | ((options: Options, context: PluginContext) => SourceProof) | undefined,
  options: Options,
  context: PluginContext,
): Partial<SourceProof> {
  if (signature === undefined) return {}
  if (typeof signature === 'function') return signature(options, context)
  const { secret = [] } = options as { readonly secret?: readonly string[] }
  const secrets = checkedSecrets(secret, 'secret')
  return hmacSignature(signature, { secrets, clock: context.clock })
}
