import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  firstOf,
  secrets,
  signedSource,
} from '../../core/index.ts'

const SALE_FACTS: FactTable = {
  customer: fact('string', 'Id of the customer', 'data.customer_id'),
  subscription: fact(
    'string',
    'Id of the subscription',
    firstOf('data.subscription_id', 'data.items.0.subscription_id'),
  ),
  currency: fact('string', 'Three letters', 'data.currency_code'),
  total: fact('string', 'In the smallest unit of the currency', 'data.details.totals.grand_total'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Paddle.',
    facts: {
      object_id: fact('string', 'Id of what it is about', 'data.id'),
      status: fact('string', 'Its status', 'data.status'),
      notification: fact('string', 'Id of the notification', 'notification_id'),
      occurred_at: fact('string', 'When, in ISO 8601', 'occurred_at'),
    },
  },
  ...eventsWith(SALE_FACTS, {
    transaction: 'Something about a transaction.',
    'transaction.completed': 'A transaction was paid and completed.',
    'transaction.payment_failed': 'A payment failed.',
    subscription: 'Something about a subscription.',
    'subscription.created': 'A subscription began.',
    'subscription.activated': 'A subscription became active.',
    'subscription.past_due': 'The payment of a subscription is late.',
    'subscription.canceled': 'A subscription ended.',
    adjustment: 'A refund, a credit or a chargeback.',
  }),
  ...eventsWith(
    {},
    {
      customer: 'A customer was made or changed.',
      address: 'An address was made or changed.',
      product: 'A product was made or changed.',
      price: 'A price was made or changed.',
    },
  ),
}

/** Notifications of Paddle Billing. */
export const paddle = defineSource({
  name: 'paddle',
  summary: 'Notifications of Paddle Billing.',
  documentation: 'https://developer.paddle.com/webhooks/signature-verification',
  options: z.object({
    secret: secrets().describe('Secret key of the notification destination.'),
    // Paddle's library has 5, which a slow network or a clock a little off uses up; repeats are known by their signed id.
    toleranceSeconds: z
      .number()
      .positive()
      .default(300)
      .describe('How far the timestamp may be from now.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ secret, toleranceSeconds }, context) => {
    const signature = {
      header: 'Paddle-Signature',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'h1=',
      separator: ';',
      timestamp: { prefix: 'ts=', unit: 's', toleranceSeconds },
      template: '{timestamp}:{body}',
    } as const
    const places = { type: { path: 'event_type' }, id: { path: 'event_id' } }
    return signedSource({ signature, events: EVENTS, ...places })({ secret }, context)
  },
})
