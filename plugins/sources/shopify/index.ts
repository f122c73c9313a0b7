import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  secrets,
} from '../../../core/sdk/source.ts'

const ORDER_FACTS: FactTable = {
  name: ['string', 'Name of the order, `#1001`', 'name'],
  email: ['string', 'Email address of the buyer', 'email'],
  currency: ['string', 'Three letters', 'currency'],
  total_price: ['string', 'A decimal number', 'total_price'],
  financial_status: ['string', '`paid`, `pending`, …', 'financial_status'],
  fulfillment_status: ['string', '`fulfilled`, `partial` or null', 'fulfillment_status'],
}

const PRODUCT_FACTS: FactTable = {
  title: ['string', 'Title', 'title'],
  handle: ['string', 'Its name in URLs', 'handle'],
  status: ['string', '`active`, `draft` or `archived`', 'status'],
}

const either =
  (name: string) => (_: unknown, headers: Readonly<Record<string, string | undefined>>) =>
    headers[`x-shopify-${name}`] ?? headers[`shopify-${name}`]

const EVENTS = {
  '*': {
    description: 'Every event of Shopify.',
    facts: {
      shop: ['string', 'Domain of the shop, `name.myshopify.com`', either('shop-domain')],
      api_version: ['string', 'Version that the payload follows', either('api-version')],
      event_id: ['string', 'Id that all webhooks caused by one action share', either('event-id')],
      triggered_at: ['string', 'Time, in ISO 8601', either('triggered-at')],
      object_id: [
        'string',
        'Id of the object that the event is about',
        'id',
        'customer.id',
        'inventory_item_id',
        'shop_id',
      ],
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
    'products/create': 'A product was created.',
    'products/update': 'A product changed.',
    'products/delete': 'A product was deleted.',
  }),
  'customers/create': 'A customer was created.',
  'inventory_levels/update': 'The stock of an item changed.',
  'app/uninstalled': 'The app was removed from a shop.',
  'customers/data_request': 'A customer asked for their data.',
  'customers/redact': 'The data of a customer must be deleted.',
  'shop/redact': 'The data of a shop must be deleted.',
} satisfies EventTable

/** Webhooks of Shopify, in Shopify's own topics: `shopify.orders/create`. */
export const shopify = defineSource({
  name: 'shopify',
  summary: 'Webhooks of Shopify apps and shops.',
  documentation: 'https://shopify.dev/docs/apps/build/webhooks/subscribe/https',
  setup:
    'In the admin, under Settings > Notifications > Webhooks, create a webhook with the URL and the format JSON. The secret is shown below the list.',
  options: z.object({
    secret: secrets().describe('Client secret of the app, or the key shown under Notifications.'),
  }),
  events: EVENTS,
  // Events, the newer of Shopify's two kinds of webhooks, omit the `X-`.
  signature: {
    header: 'X-Shopify-Hmac-SHA256',
    otherHeader: 'Shopify-Hmac-SHA256',
    algorithm: 'sha256',
    encoding: 'base64',
  },
  type: [{ header: 'X-Shopify-Topic' }, { header: 'Shopify-Topic' }],
  id: [{ header: 'X-Shopify-Webhook-Id' }, { header: 'Shopify-Webhook-Id' }],
})
