import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  secrets,
} from '../../../core/sdk/source.ts'

const PAYMENT_FACTS: FactTable = {
  status: [
    'string',
    '`COMPLETED`, `APPROVED`, …',
    'data.object.payment.status',
    'data.object.refund.status',
  ],
  amount: [
    'number',
    'In the smallest unit of the currency',
    'data.object.payment.amount_money.amount',
    'data.object.refund.amount_money.amount',
  ],
  currency: [
    'string',
    'Three letters',
    'data.object.payment.amount_money.currency',
    'data.object.refund.amount_money.currency',
  ],
  order: [
    'string',
    'Id of the order',
    'data.object.payment.order_id',
    'data.object.refund.order_id',
  ],
}

const EVENTS = {
  '*': {
    description: 'Every event of Square.',
    facts: {
      merchant: ['string', 'Id of the seller', 'merchant_id'],
      location: [
        'string',
        'Id of the location',
        'location_id',
        'data.object.payment.location_id',
        'data.object.refund.location_id',
        'data.object.order_created.location_id',
        'data.object.order_updated.location_id',
        'data.object.order_fulfillment_updated.location_id',
        'data.object.invoice.location_id',
        'data.object.booking.location_id',
        'data.object.inventory_counts.0.location_id',
      ],
      object: ['string', 'Type of the object: `payment`, `order`, …', 'data.type'],
      object_id: ['string', 'Id of that object', 'data.id'],
      created_at: ['string', 'Time, in ISO 8601', 'created_at'],
    },
  },
  ...eventsWith(PAYMENT_FACTS, {
    'payment.created': 'A payment was created.',
    'payment.updated': 'A payment changed.',
    'refund.created': 'A refund was created.',
    'refund.updated': 'A refund changed.',
  }),
  order: 'An order was created or changed.',
  invoice: 'Activity on an invoice.',
  customer: 'A customer was created, changed or deleted.',
  'catalog.version': 'The catalogue changed.',
  'inventory.count': 'The stock of an item changed.',
} satisfies EventTable

/** Webhooks of Square. The notification URL is signed too: `publicUrl` of the config must be the one given to Square. */
export const square = defineSource({
  name: 'square',
  summary: 'Webhooks of Square sellers and apps.',
  documentation: 'https://developer.squareup.com/docs/webhooks/step3validate',
  setup:
    'In the Developer Console, under Webhooks > Subscriptions, add one with the URL. Give its signature key to Hookline.',
  options: z.object({
    secret: secrets().describe('Signature key of the webhook subscription.'),
  }),
  events: EVENTS,
  signature: {
    header: 'x-square-hmacsha256-signature',
    algorithm: 'sha256',
    encoding: 'base64',
    template: '{url}{body}',
  },
  type: 'type',
  id: 'event_id',
})
