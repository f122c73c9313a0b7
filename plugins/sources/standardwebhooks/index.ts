import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  ed25519Key,
  eventTypeOf,
  hmacSignature,
  publicKeySignature,
  type SignatureScheme,
  STANDARD_WEBHOOKS,
  secrets,
} from '../../../core/sdk/source.ts'

const PUBLIC_KEY_PREFIX = 'whpk_'

/** Ed25519 in the same headers, for senders that share no secret with receivers. */
const ASYMMETRIC = { ...STANDARD_WEBHOOKS, prefix: 'v1a,' } as const satisfies SignatureScheme

const publicKey = () =>
  z.string().regex(/^(whpk_)?[A-Za-z0-9+/]{43}=$/, 'must be `whpk_` and 32 bytes in base64')

const EVENTS = {
  '*': {
    description: 'Every event. Its type is `type` of the payload; `event` where there is none.',
    facts: {
      message_id: ['string', "The sender's id of the message", { header: 'webhook-id' }],
      sent_type: ['string', '`type` of the payload as it was sent', 'type'],
      time: ['string', 'Time of the event, as the sender writes it', 'timestamp', 'created_at'],
      data_id: ['string', 'Id of the object that the event is about', 'data.id'],
    },
  },
} satisfies EventTable

/** Any sender that follows Standard Webhooks. With a secret and a public key, either proves a delivery. */
export const standardwebhooks = defineSource({
  name: 'standardwebhooks',
  summary: 'Any sender that follows the Standard Webhooks specification.',
  documentation:
    'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
  setup:
    'Enter the URL at the sender. Give the signing secret (`whsec_…`) or the public key (`whpk_…`) that it shows to Hookline.',
  options: z
    .object({
      secret: secrets().optional().describe('The signing secret, `whsec_…` (signatures `v1`).'),
      publicKey: z
        .union([publicKey(), z.array(publicKey()).min(1)])
        .transform((value): readonly string[] => [value].flat())
        .optional()
        .describe('The public key of the sender, `whpk_…` (signatures `v1a`).'),
    })
    .refine(({ secret, publicKey: key }) => secret !== undefined || key !== undefined, {
      message: 'needs `secret`, `publicKey` or both: deliveries are never taken unverified',
    }),
  events: EVENTS,
  signature: ({ secret, publicKey: publicKeys = [] }, { clock }) => {
    const keys = publicKeys.map((text) => ed25519Key(text.replace(PUBLIC_KEY_PREFIX, ''), 'base64'))
    const symmetric = secret && hmacSignature(STANDARD_WEBHOOKS, { secrets: secret, clock })
    const asymmetric =
      keys.length > 0 ? publicKeySignature(ASYMMETRIC, { keys, digest: null, clock }) : undefined
    return {
      verify: (delivery) => {
        const first = symmetric?.verify(delivery)
        const verdict = first?.ok ? first : (asymmetric?.verify(delivery) ?? first)
        return verdict ?? { ok: false, reason: 'no key is configured' }
      },
      ...(symmetric && { sign: symmetric.sign }),
    }
  },
  type: ({ type }) => eventTypeOf(type) ?? 'event',
  sample: (type, body) => ({ ...body, type }),
  id: { header: 'webhook-id' },
})
