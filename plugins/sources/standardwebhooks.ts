import { z } from 'zod'
import {
  catalogOf,
  type Delivery,
  defineSource,
  type EventTable,
  ed25519Key,
  fact,
  factsOf,
  hmacSignature,
  isEventType,
  jsonObject,
  type ParsedEvent,
  publicKeySignature,
  type SignatureScheme,
  STANDARD_WEBHOOKS,
  secrets,
} from '../../core/index.ts'

const PUBLIC_KEY_PREFIX = 'whpk_'

/** Ed25519 in the same headers, for senders whose receivers are to hold no secret. */
const ASYMMETRIC = { ...STANDARD_WEBHOOKS, prefix: 'v1a,' } as const satisfies SignatureScheme

const publicKey = () =>
  z.string().regex(/^(whpk_)?[A-Za-z0-9+/]{43}=$/, 'must be `whpk_` and 32 bytes in base64')

const EVENTS: EventTable = {
  '*': {
    description: 'Every event. Its type is `type` of the payload; `event` where there is none.',
    facts: {
      message_id: fact('string', "The sender's id of the message", { header: 'webhook-id' }),
      sent_type: fact('string', '`type` of the payload as it was sent', 'type'),
      time: fact('string', 'When it happened, as the sender writes it', 'timestamp'),
      data_id: fact('string', 'Id of what it is about', 'data.id'),
    },
  },
}

/** Any sender that follows Standard Webhooks. With a secret and a public key, either proves a delivery. */
export const standardwebhooks = defineSource({
  name: 'standardwebhooks',
  summary: 'Any sender that follows the Standard Webhooks specification.',
  documentation:
    'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
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
  events: catalogOf(EVENTS),
  create: ({ secret, publicKey: publicKeys = [] }, { clock }) => {
    const keys = publicKeys.map((text) => ed25519Key(text.replace(PUBLIC_KEY_PREFIX, ''), 'base64'))
    const symmetric = secret && hmacSignature(STANDARD_WEBHOOKS, { secrets: secret, clock })
    const asymmetric =
      keys.length > 0 ? publicKeySignature(ASYMMETRIC, { keys, digest: null, clock }) : undefined
    return {
      verify: (delivery) => {
        const first = symmetric?.verify(delivery) ?? asymmetric?.verify(delivery)
        const verdict = first?.ok ? first : (asymmetric?.verify(delivery) ?? first)
        return verdict ?? { ok: false, reason: 'no key is configured' }
      },
      parse: (delivery) => [parse(delivery)],
      ...(symmetric ? { sign: symmetric.sign } : {}),
    }
  },
})

function parse(delivery: Delivery): ParsedEvent {
  const payload = jsonObject(delivery)
  const { type: sent } = payload
  const type = typeof sent === 'string' && isEventType(sent) ? sent : 'event'
  const { headers } = delivery
  return {
    type,
    id: headers['webhook-id'] || null,
    facts: factsOf(EVENTS, { type, payload, headers }),
    payload,
  }
}
