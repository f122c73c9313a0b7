import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  secrets,
  signedSource,
} from '../../core/index.ts'

const ORDER_FACTS: FactTable = {
  name: fact('string', 'Name of the order, `#1001`', 'name'),
  email: fact('string', 'E-mail address of the buyer', 'email'),
  currency: fact('string', 'Three letters', 'currency'),
  total_price: fact('string', 'A decimal number', 'total_price'),
  financial_status: fact('string', '`paid`, `pending`, …', 'financial_status'),
  fulfillment_status: fact('string', '`fulfilled`, `partial` or null', 'fulfillment_status'),
}

const PRODUCT_FACTS: FactTable = {
  title: fact('string', 'Title', 'title'),
  handle: fact('string', 'Its name in URLs', 'handle'),
  status: fact('string', '`active`, `draft` or `archived`', 'status'),
}

const either =
  (name: string) => (_: unknown, headers: Readonly<Record<string, string | undefined>>) =>
    headers[`x-shopify-${name}`] ?? headers[`shopify-${name}`]

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Shopify.',
    facts: {
      shop: fact('string', 'Domain of the shop, `name.myshopify.com`', either('shop-domain')),
      api_version: fact('string', 'Version that the payload follows', either('api-version')),
      event_id: fact(
        'string',
        'What webhooks of several topics that one action caused share',
        either('event-id'),
      ),
      triggered_at: fact('string', 'When, in ISO 8601', either('triggered-at')),
      object_id: fact('number', 'Id of what it is about', 'id'),
    },
  },
  ...eventsWith(ORDER_FACTS, {
    'orders/create': 'An order was placed.',
    'orders/paid': 'An order was paid.',
    'orders/updated': 'An order changed.',
    'orders/cancelled': 'An order was cancelled.',
    'orders/fulfilled': 'An order was sent.',
  }),
  ...eventsWith(PRODUCT_FACTS, {
    'products/create': 'A product was made.',
    'products/update': 'A product changed.',
    'products/delete': 'A product was deleted.',
  }),
  ...eventsWith(
    {},
    {
      'customers/create': 'A customer was made.',
      'inventory_levels/update': 'The stock of an item changed.',
      'app/uninstalled': 'The app was removed from a shop.',
      'customers/data_request': 'A customer asks for their data.',
      'customers/redact': 'The data of a customer is to be deleted.',
      'shop/redact': 'The data of a shop is to be deleted.',
    },
  ),
}

/** Webhooks of Shopify, in Shopify's own topics: `shopify.orders/create`. */
export const shopify = defineSource({
  name: 'shopify',
  summary: 'Webhooks of Shopify apps and shops.',
  documentation: 'https://shopify.dev/docs/apps/build/webhooks/subscribe/https',
  options: z.object({
    secret: secrets().describe('Client secret of the app, or the key shown under Notifications.'),
  }),
  events: catalogOf(EVENTS),
  // Events, the younger of Shopify's two kinds, leave out the `X-`.
  create: signedSource({
    signature: {
      header: 'X-Shopify-Hmac-SHA256',
      otherHeader: 'Shopify-Hmac-SHA256',
      algorithm: 'sha256',
      encoding: 'base64',
    },
    events: EVENTS,
    type: { header: ['X-Shopify-Topic', 'Shopify-Topic'] },
    id: { header: ['X-Shopify-Webhook-Id', 'Shopify-Webhook-Id'] },
  }),
})
