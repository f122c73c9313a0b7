import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type Fact,
  type FactTable,
  hmacSignature,
  secrets,
  type ValueReader,
  valueAt,
} from '../../../core/sdk/source.ts'

const CUSTOMER: Fact = ['string', 'Id of the customer', 'data.customer_id', ofItself('customer')]

const SALE_FACTS: FactTable = {
  customer: CUSTOMER,
  transaction: ['string', 'Id of the transaction', 'data.transaction_id', ofItself('transaction')],
  subscription: [
    'string',
    'Id of the subscription',
    'data.subscription_id',
    'data.items.0.subscription_id',
    ofItself('subscription'),
  ],
  currency: ['string', 'Three letters', 'data.currency_code'],
  total: [
    'string',
    'In the smallest unit of the currency',
    'data.details.totals.grand_total',
    'data.totals.total',
  ],
}

const EVENTS = {
  '*': {
    description: 'Every event of Paddle.',
    facts: {
      object_id: ['string', 'Id of the object that the event is about', 'data.id'],
      status: ['string', 'Its status', 'data.status'],
      notification: ['string', 'Id of the notification', 'notification_id'],
      occurred_at: ['string', 'Time, in ISO 8601', 'occurred_at'],
    },
  },
  ...eventsWith(SALE_FACTS, {
    transaction: 'Activity on a transaction.',
    'transaction.completed': 'A transaction was paid and completed.',
    'transaction.payment_failed': 'A payment failed.',
    subscription: 'Activity on a subscription.',
    'subscription.created': 'A subscription started.',
    'subscription.activated': 'A subscription became active.',
    'subscription.past_due': 'The payment of a subscription is late.',
    'subscription.canceled': 'A subscription ended.',
    adjustment: 'A refund, a credit or a chargeback.',
  }),
  ...eventsWith(
    { customer: CUSTOMER },
    {
      customer: 'A customer was created or changed.',
      address: 'An address was created or changed.',
      business: 'A business was created or changed.',
      payment_method: 'A payment method was saved or deleted.',
    },
  ),
  product: 'A product was created or changed.',
  price: 'A price was created or changed.',
} satisfies EventTable

/** Notifications of Paddle Billing. */
export const paddle = defineSource({
  name: 'paddle',
  summary: 'Notifications of Paddle Billing.',
  documentation: 'https://developer.paddle.com/webhooks/signature-verification',
  setup:
    'Under Developer tools > Notifications > New destination, enter the URL. Give its secret key to Hookline.',
  options: z.object({
    secret: secrets().describe('Secret key of the notification destination.'),
    // Paddle's library allows 5 s, too little for a slow network or clock. Repetitions are recognized by their signed id.
    toleranceSeconds: z
      .number()
      .positive()
      .default(300)
      .describe('Maximum difference between the timestamp and now, in seconds.'),
  }),
  events: EVENTS,
  signature: ({ secret, toleranceSeconds }, { clock }) =>
    hmacSignature(
      {
        header: 'Paddle-Signature',
        algorithm: 'sha256',
        encoding: 'hex',
        prefix: 'h1=',
        separator: ';',
        timestamp: { prefix: 'ts=', unit: 's', toleranceSeconds },
        template: '{timestamp}:{body}',
      },
      { secrets: secret, clock },
    ),
  type: 'event_type',
  id: 'event_id',
})

/** The id of the object that the event is about, if the event is of this kind: `subscription.created`. */
function ofItself(kind: string): ValueReader {
  return (event) =>
    String(event['event_type']).startsWith(`${kind}.`) ? valueAt(event, 'data.id') : null
}
