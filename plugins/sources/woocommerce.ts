import { z } from 'zod'
import {
  catalogOf,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  mediaType,
  OK,
  secrets,
  signedSource,
} from '../../core/index.ts'

const ORDER_FACTS: FactTable = {
  number: fact('string', 'Number of the order', 'number'),
  total: fact('string', 'Sum, as a decimal number', 'total'),
  currency: fact('string', 'Three letters', 'currency'),
  email: fact('string', 'Mail address of the customer', 'billing.email'),
  payment_method: fact('string', 'Way of payment', 'payment_method'),
}

const PRODUCT_FACTS: FactTable = {
  name: fact('string', 'Name', 'name'),
  sku: fact('string', 'Article number', 'sku'),
  price: fact('string', 'Price, as a decimal number', 'price'),
  stock: fact('number', 'Number in stock', 'stock_quantity'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every topic of WooCommerce.',
    facts: {
      store: fact('string', 'URL of the store', { header: 'X-WC-Webhook-Source' }),
      resource: fact('number', 'Id of what it is about', 'id'),
      status: fact('string', 'Its status', 'status'),
    },
  },
  ...eventsWith(ORDER_FACTS, {
    order: 'Something about an order.',
    'order.created': 'An order was placed.',
    'order.updated': 'An order changed.',
    'order.deleted': 'An order was deleted.',
  }),
  ...eventsWith(PRODUCT_FACTS, {
    product: 'Something about a product.',
    'product.created': 'A product was made.',
    'product.updated': 'A product changed.',
    'product.deleted': 'A product was deleted.',
  }),
  customer: {
    description: 'A customer was made, changed or deleted.',
    facts: { email: fact('string', 'Mail address', 'email') },
  },
  coupon: {
    description: 'A coupon was made, changed or deleted.',
    facts: { code: fact('string', 'What customers enter', 'code') },
  },
  action: { description: 'An action of WordPress that the webhook listens to.', facts: {} },
}

const SIGNATURE_HEADER = 'X-WC-Webhook-Signature'

const create = signedSource({
  signature: { header: SIGNATURE_HEADER, algorithm: 'sha256', encoding: 'base64' },
  events: EVENTS,
  type: { header: 'X-WC-Webhook-Topic' },
  id: { header: 'X-WC-Webhook-Delivery-ID' },
})

/** Webhooks of WooCommerce stores. */
export const woocommerce = defineSource({
  name: 'woocommerce',
  summary: 'Webhooks of WooCommerce stores.',
  documentation: 'https://developer.woocommerce.com/docs/apis/rest-api/v3/webhooks/',
  options: z.object({ secret: secrets().describe('The secret of the webhook.') }),
  events: catalogOf(EVENTS),
  create: (options, context) => ({
    ...create(options, context),
    answer: (delivery) => (isPing(delivery) ? OK : undefined),
  }),
})

/** Sent once when a webhook is saved, as a form and unsigned; a store gives up a webhook whose ping fails. */
function isPing({ method, headers, body }: Delivery): boolean {
  return (
    method === 'POST' &&
    headers[SIGNATURE_HEADER.toLowerCase()] === undefined &&
    mediaType(headers['content-type']) === 'application/x-www-form-urlencoded' &&
    body.byteLength < 64 &&
    /^webhook_id=\d+$/.test(Buffer.from(body).toString('latin1'))
  )
}
