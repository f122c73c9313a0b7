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

const PAYMENT_FACTS: FactTable = {
  status: fact(
    'string',
    '`COMPLETED`, `APPROVED`, …',
    firstOf('data.object.payment.status', 'data.object.refund.status'),
  ),
  amount: fact(
    'number',
    'In the smallest unit of the currency',
    firstOf('data.object.payment.amount_money.amount', 'data.object.refund.amount_money.amount'),
  ),
  currency: fact(
    'string',
    'Three letters',
    firstOf(
      'data.object.payment.amount_money.currency',
      'data.object.refund.amount_money.currency',
    ),
  ),
  order: fact(
    'string',
    'Id of the order',
    firstOf('data.object.payment.order_id', 'data.object.refund.order_id'),
  ),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Square.',
    facts: {
      merchant: fact('string', 'Id of the seller', 'merchant_id'),
      location: fact(
        'string',
        'Id of the location',
        firstOf('location_id', 'data.object.payment.location_id', 'data.object.refund.location_id'),
      ),
      object: fact('string', 'What it is about: `payment`, `order`, …', 'data.type'),
      object_id: fact('string', 'Its id', 'data.id'),
      created_at: fact('string', 'When, in ISO 8601', 'created_at'),
    },
  },
  ...eventsWith(PAYMENT_FACTS, {
    'payment.created': 'A payment was made.',
    'payment.updated': 'A payment changed.',
    'refund.created': 'A refund was made.',
    'refund.updated': 'A refund changed.',
  }),
  ...eventsWith(
    {},
    {
      order: 'An order was made or changed.',
      invoice: 'Something about an invoice.',
      customer: 'A customer was made, changed or deleted.',
      'catalog.version': 'The catalogue changed.',
      'inventory.count': 'The stock of an item changed.',
    },
  ),
}

/** Webhooks of Square. The notification URL is signed too: `publicUrl` of the config must be the one given to Square. */
export const square = defineSource({
  name: 'square',
  summary: 'Webhooks of Square sellers and apps.',
  documentation: 'https://developer.squareup.com/docs/webhooks/step3validate',
  options: z.object({
    secret: secrets().describe('Signature key of the webhook subscription.'),
  }),
  events: catalogOf(EVENTS),
  create: signedSource({
    signature: {
      header: 'x-square-hmacsha256-signature',
      algorithm: 'sha256',
      encoding: 'base64',
      template: '{url}{body}',
    },
    events: EVENTS,
    type: { path: 'type' },
    id: { path: 'event_id' },
  }),
})
