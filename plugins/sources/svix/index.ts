import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventTypeOf,
  firstOf,
  type HmacScheme,
  type JsonObject,
  STANDARD_WEBHOOKS,
  secrets,
} from '../../../core/sdk/source.ts'
import { svixCatchUp, svixMissed } from './missed.ts'

/** Standard Webhooks under the older names of Svix, from which it originated. */
const SVIX = {
  ...STANDARD_WEBHOOKS,
  header: 'svix-signature',
  idHeader: 'svix-id',
  timestamp: { ...STANDARD_WEBHOOKS.timestamp, header: 'svix-timestamp' },
} as const satisfies HmacScheme

const TYPES = ['type', 'eventType', 'event_type', 'event'] as const
const readType = firstOf(...TYPES)

const typeOf = (payload: JsonObject, headers: Readonly<Record<string, string | undefined>>) =>
  eventTypeOf(readType(payload, headers)) ?? 'event'

const EVENTS = {
  '*': {
    description:
      'Every event. Its type is `type`, `eventType`, `event_type` or `event` of the payload.',
    facts: {
      message_id: ['string', 'Id of the message', { header: 'svix-id' }],
      sent_type: ['string', 'The type as it was sent', ...TYPES],
      time: ['string', 'Time of the event', 'timestamp', 'created_at'],
      data_id: ['string', 'Id of the object that the event is about', 'data.id', 'data.email_id'],
    },
  },
} satisfies EventTable

/** Senders that deliver through Svix under its own header names: Clerk, Resend and many others. */
export const svix = defineSource({
  name: 'svix',
  summary: 'Senders that deliver through Svix, such as Clerk and Resend.',
  documentation: 'https://docs.svix.com/receiving/verifying-payloads/how-manual',
  setup:
    'In the webhook portal of the sender, add an endpoint with the URL. Give its signing secret (`whsec_…`) to Hookline.',
  options: z.object({
    secret: secrets().describe('The signing secret, `whsec_…`.'),
    catchUp: svixCatchUp,
  }),
  events: EVENTS,
  signature: SVIX,
  sample: (type, body) => ({ ...body, type }),
  type: typeOf,
  id: { header: 'svix-id' },
  missed: ({ catchUp }, { clock }) =>
    catchUp && svixMissed(catchUp, (payload) => typeOf(payload, {}), clock),
})
