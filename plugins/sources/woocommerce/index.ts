import { z } from 'zod'
import {
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  mediaType,
  OK,
  secrets,
} from '../../../core/sdk/source.ts'

const ORDER_FACTS: FactTable = {
  number: ['string', 'Number of the order', 'number'],
  total: ['string', 'Total, as a decimal number', 'total'],
  currency: ['string', 'Three letters', 'currency'],
  email: ['string', 'Email address of the customer', 'billing.email'],
  payment_method: ['string', 'Payment method', 'payment_method'],
}

const PRODUCT_FACTS: FactTable = {
  name: ['string', 'Name', 'name'],
  sku: ['string', 'SKU', 'sku'],
  price: ['string', 'Price, as a decimal number', 'price'],
  stock: ['number', 'Number in stock', 'stock_quantity'],
}

const EVENTS = {
  '*': {
    description: 'Every topic of WooCommerce.',
    facts: {
      store: ['string', 'URL of the store', { header: 'X-WC-Webhook-Source' }],
      resource: ['number', 'Id of the object that the event is about', 'id'],
      status: ['string', 'Its status', 'status'],
    },
  },
  ...eventsWith(ORDER_FACTS, {
    order: 'Activity on an order.',
    'order.created': 'An order was placed.',
    'order.updated': 'An order changed.',
    'order.deleted': 'An order was deleted.',
  }),
  ...eventsWith(PRODUCT_FACTS, {
    product: 'Activity on a product.',
    'product.created': 'A product was created.',
    'product.updated': 'A product changed.',
    'product.deleted': 'A product was deleted.',
  }),
  customer: {
    description: 'A customer was created, changed or deleted.',
    facts: { email: ['string', 'Email address', 'email'] },
  },
  coupon: {
    description: 'A coupon was created, changed or deleted.',
    facts: { code: ['string', 'Code that customers enter', 'code'] },
  },
  action: 'An action of WordPress that the webhook listens to.',
} satisfies EventTable

const SIGNATURE_HEADER = 'X-WC-Webhook-Signature'

/** Webhooks of WooCommerce stores. */
export const woocommerce = defineSource({
  name: 'woocommerce',
  summary: 'Webhooks of WooCommerce stores.',
  documentation: 'https://developer.woocommerce.com/docs/apis/rest-api/v3/webhooks/',
  setup:
    'Under WooCommerce > Settings > Advanced > Webhooks > Add webhook, enter the URL as Delivery URL, and the secret.',
  generates: 'secret',
  options: z.object({ secret: secrets().describe('The secret of the webhook.') }),
  events: EVENTS,
  signature: { header: SIGNATURE_HEADER, algorithm: 'sha256', encoding: 'base64' },
  type: { header: 'X-WC-Webhook-Topic' },
  id: { header: 'X-WC-Webhook-Delivery-ID' },
  answer: (delivery) => (isPing(delivery) ? OK : undefined),
})

/** WooCommerce sends it once when a webhook is saved, unsigned and as a form, and disables the webhook if it fails. */
function isPing({ method, headers, body }: Delivery): boolean {
  return (
    method === 'POST' &&
    headers[SIGNATURE_HEADER.toLowerCase()] === undefined &&
    mediaType(headers['content-type']) === 'application/x-www-form-urlencoded' &&
    body.byteLength < 64 &&
    /^webhook_id=\d+$/.test(Buffer.from(body).toString('latin1'))
  )
}
