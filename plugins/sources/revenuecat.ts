import { z } from 'zod'
import {
  allOf,
  catalogOf,
  defineSource,
  type EventTable,
  eventReader,
  eventsWith,
  fact,
  type HmacScheme,
  headerToken,
  hmacSignature,
  OK,
  secrets,
} from '../../core/index.ts'

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of RevenueCat.',
    facts: {
      user: fact('string', 'Id of the user in the app', 'event.app_user_id'),
      app: fact('string', 'Id of the app', 'event.app_id'),
      product: fact('string', 'Id of the product', 'event.product_id'),
      store: fact('string', '`APP_STORE`, `PLAY_STORE`, `STRIPE`, …', 'event.store'),
      environment: fact('string', '`PRODUCTION` or `SANDBOX`', 'event.environment'),
      price: fact('number', 'Price in US dollars', 'event.price'),
      currency: fact('string', 'Currency that was paid in', 'event.currency'),
      expires_at: fact('number', 'End of the period, ms since the epoch', 'event.expiration_at_ms'),
      reason: fact('string', 'Why it was cancelled', 'event.cancel_reason'),
      event_ts: fact('number', 'When, in milliseconds since the epoch', 'event.event_timestamp_ms'),
    },
  },
  ...eventsWith(
    {},
    {
      TEST: 'The webhook was tested.',
      INITIAL_PURCHASE: 'A subscription began.',
      RENEWAL: 'A subscription was renewed.',
      CANCELLATION: 'A subscription was cancelled or paid back.',
      UNCANCELLATION: 'A cancelled subscription goes on.',
      NON_RENEWING_PURCHASE: 'Something was bought once.',
      EXPIRATION: 'A subscription ended.',
      BILLING_ISSUE: 'A payment failed.',
      PRODUCT_CHANGE: 'A subscriber changed to another product.',
      SUBSCRIPTION_PAUSED: 'A subscription is to be paused.',
      TRANSFER: 'Purchases moved to another user.',
    },
  ),
}

const SIGNATURE: HmacScheme = {
  header: 'X-RevenueCat-Webhook-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v1=',
  separator: ',',
  timestamp: { prefix: 't=', unit: 's', toleranceSeconds: 300 },
  template: '{timestamp}.{body}',
}

/** Webhooks of RevenueCat. Of the two secrets, each that is set is checked. */
export const revenuecat = defineSource({
  name: 'revenuecat',
  summary: 'Webhooks of RevenueCat.',
  documentation: 'https://www.revenuecat.com/docs/integrations/webhooks',
  options: z
    .object({
      secret: secrets()
        .optional()
        .describe('The signing secret of the webhook: it protects the body too.'),
      authorization: secrets()
        .optional()
        .describe('The whole value of the authorization header: it protects no body.'),
    })
    .refine(({ secret, authorization }) => secret !== undefined || authorization !== undefined, {
      message: 'needs `secret`, `authorization` or both: deliveries are never taken unverified',
    }),
  events: catalogOf(EVENTS),
  create: ({ secret, authorization }, { clock }) => {
    const ways = allOf([
      ...(secret ? [hmacSignature(SIGNATURE, { secrets: secret, clock })] : []),
      ...(authorization ? [headerToken({ header: 'Authorization', secrets: authorization })] : []),
    ])
    return {
      verify: ways.verify,
      sign: ways.sign,
      parse: eventReader({
        events: EVENTS,
        type: { path: 'event.type' },
        id: { path: 'event.id' },
      }),
      acknowledge: () => OK,
    }
  },
})
