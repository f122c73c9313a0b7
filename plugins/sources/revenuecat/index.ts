import { z } from 'zod'
import {
  allOf,
  defineSource,
  type EventTable,
  type HmacScheme,
  headerToken,
  hmacSignature,
  OK,
  secrets,
} from '../../../core/sdk/source.ts'

const EVENTS = {
  '*': {
    description: 'Every event of RevenueCat.',
    facts: {
      user: ['string', 'Id of the user in the app', 'event.app_user_id', 'event.transferred_to.0'],
      app: ['string', 'Id of the app', 'event.app_id'],
      product: ['string', 'Id of the product', 'event.product_id'],
      store: ['string', '`APP_STORE`, `PLAY_STORE`, `STRIPE`, …', 'event.store'],
      environment: ['string', '`PRODUCTION` or `SANDBOX`', 'event.environment'],
      price: ['number', 'Price in US dollars', 'event.price'],
      currency: ['string', 'Currency that was paid in', 'event.currency'],
      expires_at: [
        'number',
        'End of the period, in milliseconds since the epoch',
        'event.expiration_at_ms',
      ],
      reason: [
        'string',
        'Reason for the cancellation or the end',
        'event.cancel_reason',
        'event.expiration_reason',
      ],
      event_ts: ['number', 'Time, in milliseconds since the epoch', 'event.event_timestamp_ms'],
    },
  },
  TEST: 'The webhook was tested.',
  INITIAL_PURCHASE: 'A subscription started.',
  RENEWAL: 'A subscription was renewed.',
  CANCELLATION: 'A subscription was cancelled or refunded.',
  UNCANCELLATION: 'A cancelled subscription was resumed.',
  NON_RENEWING_PURCHASE: 'Something was bought once.',
  EXPIRATION: 'A subscription ended.',
  BILLING_ISSUE: 'A payment failed.',
  PRODUCT_CHANGE: 'A subscriber changed to another product.',
  SUBSCRIPTION_PAUSED: 'A subscription will be paused.',
  TRANSFER: 'Purchases moved to another user.',
} satisfies EventTable

const SIGNATURE: HmacScheme = {
  header: 'X-RevenueCat-Webhook-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v1=',
  separator: ',',
  timestamp: { prefix: 't=', unit: 's', toleranceSeconds: 300 },
  template: '{timestamp}.{body}',
}

/** Webhooks of RevenueCat. Every secret that is set is checked. */
export const revenuecat = defineSource({
  name: 'revenuecat',
  summary: 'Webhooks of RevenueCat.',
  documentation: 'https://www.revenuecat.com/docs/integrations/webhooks',
  setup:
    'In the project, under Integrations > Webhooks, add a configuration with the URL. Give its signing secret to Hookline.',
  options: z
    .object({
      secret: secrets()
        .optional()
        .describe('The signing secret of the webhook, which also protects the body.'),
      authorization: secrets()
        .optional()
        .describe('The whole value of the authorization header, which does not protect the body.'),
    })
    .refine(({ secret, authorization }) => secret !== undefined || authorization !== undefined, {
      message: 'needs `secret`, `authorization` or both: deliveries are never taken unverified',
    }),
  events: EVENTS,
  signature: ({ secret, authorization }, { clock }) =>
    allOf([
      ...(secret ? [hmacSignature(SIGNATURE, { secrets: secret, clock })] : []),
      ...(authorization ? [headerToken({ header: 'Authorization', secrets: authorization })] : []),
    ]),
  type: 'event.type',
  id: 'event.id',
  acknowledge: () => OK,
})
