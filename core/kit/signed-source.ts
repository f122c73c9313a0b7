import type { Delivery, Verdict } from '../contracts/delivery.ts'
import type { ParsedEvent } from '../contracts/event.ts'
import type { PluginContext } from '../contracts/plugin.ts'
import type { DeliveryDraft, SourceInstance } from '../contracts/source.ts'
import { type EventScheme, eventHeaders, eventReader } from './event-reader.ts'
import { type HmacScheme, hmacSignature } from './signature.ts'

/** A sender whose deliveries are one event each, signed with an HMAC: all of it as data. */
export interface SignedSourceScheme extends EventScheme {
  readonly signature: HmacScheme
}

/** What `signedSource` creates: it never waits. */
export interface SignedSource extends SourceInstance {
  verify(delivery: Delivery): Verdict
  parse(delivery: Delivery): readonly ParsedEvent[]
  sign(draft: DeliveryDraft): Readonly<Record<string, string>>
}

/** The `create` of a source whose option `secret` is the secret of that signature. */
export function signedSource(scheme: SignedSourceScheme) {
  return (
    options: { readonly secret: readonly string[] },
    { clock }: Pick<PluginContext, 'clock'>,
  ): SignedSource => {
    const signature = hmacSignature(scheme.signature, { secrets: options.secret, clock })
    return {
      verify: signature.verify,
      parse: eventReader(scheme),
      sign: (draft) => ({ ...eventHeaders(scheme, draft), ...signature.sign(draft) }),
    }
  }
}
