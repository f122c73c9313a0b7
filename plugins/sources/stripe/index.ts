import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  hmacSignature,
  learnedSecrets,
  newestSignature,
  secrets,
  type ValueReader,
  valueAt,
} from '../../../core/sdk/source.ts'
import { stripeMissedAt, stripeRegister, stripeRegistrar } from './register.ts'

const PAYMENT_FACTS: FactTable = {
  amount: [
    'number',
    'In the smallest unit of the currency',
    'data.object.amount',
    'data.object.amount_total',
    'data.object.amount_due',
  ],
  currency: ['string', 'Three letters, lower case', 'data.object.currency'],
  customer: ['string', 'Id of the customer', 'data.object.customer', ofItself('customer')],
  subscription: [
    'string',
    'Id of the subscription',
    'data.object.subscription',
    // Of invoices since the version 2025-03-31.
    'data.object.parent.subscription_details.subscription',
    ofItself('subscription'),
  ],
  payment_intent: [
    'string',
    'Id of the payment intent',
    'data.object.payment_intent',
    ofItself('payment_intent'),
  ],
}

const EVENTS = {
  '*': {
    description: 'Every event of Stripe.',
    facts: {
      object: [
        'string',
        'Type of the object: `charge`, `invoice`, …',
        'data.object.object',
        'related_object.type',
      ],
      object_id: ['string', 'Id of that object', 'data.object.id', 'related_object.id'],
      status: ['string', 'Its status', 'data.object.status'],
      livemode: ['boolean', 'False for test data', 'livemode'],
      account: ['string', 'Connected account', 'account', 'context'],
      api_version: ['string', 'Version that the payload follows', 'api_version'],
      request: ['string', 'Id of the request that caused it', 'request.id', 'reason.request.id'],
    },
  },
  ...eventsWith(PAYMENT_FACTS, {
    charge: 'Activity on a charge.',
    payment_intent: 'Activity on a payment.',
    'checkout.session': 'Activity on a checkout.',
    invoice: 'Activity on an invoice.',
    customer: 'Activity on a customer, a subscription or a source.',
    payout: 'Activity on a payout.',
    'charge.succeeded': 'A charge succeeded.',
    'charge.refunded': 'A charge was refunded.',
    'payment_intent.succeeded': 'A payment succeeded.',
    'payment_intent.payment_failed': 'A payment failed.',
    'checkout.session.completed': 'A checkout was completed.',
    'invoice.paid': 'An invoice was paid.',
    'invoice.payment_failed': 'The payment of an invoice failed.',
    'customer.subscription.created': 'A subscription started.',
    'customer.subscription.updated': 'A subscription changed.',
    'customer.subscription.deleted': 'A subscription ended.',
  }),
} satisfies EventTable

const SCHEME = {
  header: 'Stripe-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v1=',
  separator: ',',
  timestamp: { prefix: 't=', unit: 's', toleranceSeconds: 300 },
  template: '{timestamp}.{body}',
} as const

/** Webhook endpoints of Stripe, with snapshot or thin events. */
export const stripe = defineSource({
  name: 'stripe',
  summary: 'Webhook endpoints of Stripe, with snapshot or thin events.',
  documentation: 'https://docs.stripe.com/webhooks#verify-manually',
  setup:
    'In the Dashboard, under Developers > Webhooks, add a destination with the URL. Give its signing secret (`whsec_…`) to Hookline.',
  options: z
    .object({
      secret: secrets().optional().describe('Signing secret of the endpoint, `whsec_…`.'),
      register: stripeRegister,
    })
    .refine(({ secret, register }) => secret !== undefined || register !== undefined, {
      message: 'needs `secret`, `register` or both: deliveries are never taken unverified',
    }),
  events: EVENTS,
  type: 'type',
  id: 'id',
  create: ({ secret = [], register }, context) => {
    const { clock } = context
    const learned = learnedSecrets(context)
    const all = () => (register === undefined ? secret : [...secret, ...learned.all()])
    const current = newestSignature(all, (keys) => hmacSignature(SCHEME, { secrets: keys, clock }))
    const signing = { isKnown: () => all().length > 0, add: learned.add }
    return {
      verify: (delivery) =>
        current()?.verify(delivery) ?? { ok: false, reason: 'no endpoint is registered yet' },
      sign: (draft) => current()?.sign(draft) ?? {},
      ...(register && {
        registrar: stripeRegistrar(register, signing, clock),
        missed: stripeMissedAt(register, clock),
      }),
    }
  },
})

/** The id of the object that the event is about, if it is of this type. */
function ofItself(type: string): ValueReader {
  return (event) =>
    valueAt(event, 'data.object.object') === type ? valueAt(event, 'data.object.id') : null
}
