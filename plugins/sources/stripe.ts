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
  amount: fact(
    'number',
    'In the smallest unit of the currency',
    firstOf('data.object.amount', 'data.object.amount_total', 'data.object.amount_due'),
  ),
  currency: fact('string', 'Three letters, lower case', 'data.object.currency'),
  customer: fact('string', 'Id of the customer', 'data.object.customer'),
  subscription: fact('string', 'Id of the subscription', 'data.object.subscription'),
  payment_intent: fact('string', 'Id of the payment intent', 'data.object.payment_intent'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Stripe.',
    facts: {
      object: fact(
        'string',
        'What it is about: `charge`, `invoice`, …',
        firstOf('data.object.object', 'related_object.type'),
      ),
      object_id: fact('string', 'Its id', firstOf('data.object.id', 'related_object.id')),
      status: fact('string', 'Its status', 'data.object.status'),
      livemode: fact('boolean', 'False for test data', 'livemode'),
      account: fact('string', 'Connected account', firstOf('account', 'context')),
      api_version: fact('string', 'Version that the payload follows', 'api_version'),
      request: fact('string', 'Id of the request that caused it', 'request.id'),
    },
  },
  ...eventsWith(PAYMENT_FACTS, {
    charge: 'Something about a charge.',
    payment_intent: 'Something about a payment.',
    'checkout.session': 'Something about a checkout.',
    invoice: 'Something about an invoice.',
    customer: 'Something about a customer, a subscription or a source.',
    payout: 'Something about a payout.',
    'charge.succeeded': 'A charge succeeded.',
    'charge.refunded': 'A charge was refunded.',
    'payment_intent.succeeded': 'A payment succeeded.',
    'payment_intent.payment_failed': 'A payment failed.',
    'checkout.session.completed': 'A checkout was completed.',
    'invoice.paid': 'An invoice was paid.',
    'invoice.payment_failed': 'The payment of an invoice failed.',
    'customer.subscription.created': 'A subscription began.',
    'customer.subscription.updated': 'A subscription changed.',
    'customer.subscription.deleted': 'A subscription ended.',
  }),
}

/** Webhook endpoints of Stripe, with snapshot or thin events. */
export const stripe = defineSource({
  name: 'stripe',
  summary: 'Webhook endpoints of Stripe, with snapshot or thin events.',
  documentation: 'https://docs.stripe.com/webhooks#verify-manually',
  options: z.object({ secret: secrets().describe('Signing secret of the endpoint, `whsec_…`.') }),
  events: catalogOf(EVENTS),
  create: signedSource({
    signature: {
      header: 'Stripe-Signature',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'v1=',
      separator: ',',
      timestamp: { prefix: 't=', unit: 's', toleranceSeconds: 300 },
      template: '{timestamp}.{body}',
    },
    events: EVENTS,
    type: { path: 'type' },
    id: { path: 'id' },
  }),
})
