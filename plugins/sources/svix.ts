import { z } from 'zod'
import {
  catalogOf,
  type Delivery,
  defineSource,
  type EventTable,
  fact,
  factsOf,
  firstOf,
  type HmacScheme,
  hmacSignature,
  isEventType,
  jsonObject,
  type ParsedEvent,
  STANDARD_WEBHOOKS,
  secrets,
} from '../../core/index.ts'

/** As Standard Webhooks, which grew from it, under the older names. */
const SVIX = {
  ...STANDARD_WEBHOOKS,
  header: 'svix-signature',
  idHeader: 'svix-id',
  timestamp: { ...STANDARD_WEBHOOKS.timestamp, header: 'svix-timestamp' },
} as const satisfies HmacScheme

const typeOf = firstOf('type', 'eventType', 'event_type', 'event')

const EVENTS: EventTable = {
  '*': {
    description:
      'Every event. Its type is `type`, `eventType`, `event_type` or `event` of the payload.',
    facts: {
      message_id: fact('string', 'Id of the message', { header: 'svix-id' }),
      sent_type: fact('string', 'The type as it was sent', typeOf),
      time: fact('string', 'When it happened', firstOf('timestamp', 'created_at')),
      data_id: fact('string', 'Id of what it is about', 'data.id'),
    },
  },
}

/** Senders that deliver through Svix under its own header names: Clerk, Resend and many others. */
export const svix = defineSource({
  name: 'svix',
  summary: 'Senders that deliver through Svix, such as Clerk and Resend.',
  documentation: 'https://docs.svix.com/receiving/verifying-payloads/how-manual',
  options: z.object({ secret: secrets().describe('The signing secret, `whsec_…`.') }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const signature = hmacSignature(SVIX, { secrets: secret, clock })
    return {
      verify: signature.verify,
      parse: (delivery) => [parse(delivery)],
      sign: signature.sign,
    }
  },
})

function parse(delivery: Delivery): ParsedEvent {
  const payload = jsonObject(delivery)
  const sent = typeOf(payload)
  const type = typeof sent === 'string' && isEventType(sent) ? sent : 'event'
  const { headers } = delivery
  return {
    type,
    id: headers['svix-id'] || null,
    facts: factsOf(EVENTS, { type, payload, headers }),
    payload,
  }
}
