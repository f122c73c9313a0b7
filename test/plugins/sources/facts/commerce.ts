import type { FactSample } from './sample.ts'

const revenuecat = (event: object) => ({
  api_version: '1.0',
  event: {
    id: 'e',
    app_id: 'a',
    store: 'APP_STORE',
    environment: 'PRODUCTION',
    event_timestamp_ms: 1,
    ...event,
  },
})

const shop = {
  'x-shopify-shop-domain': 'harbor.myshopify.com',
  'x-shopify-api-version': '2026-01',
  'x-shopify-event-id': 'e',
  'x-shopify-triggered-at': '2026-01-15T11:59:58Z',
}

/** By the vendors' documents. */
export const COMMERCE: readonly FactSample[] = [
  {
    source: 'shopify',
    type: 'orders/create',
    headers: { ...shop, 'x-shopify-topic': 'orders/create' },
    body: {
      id: 820982911946154,
      name: '#9999',
      email: 'jon@example.com',
      currency: 'EUR',
      total_price: '414.95',
      financial_status: 'paid',
      fulfillment_status: null,
    },
    // Not sent yet.
    nulls: ['fulfillment_status'],
    facts: { object_id: '820982911946154' },
  },
  {
    source: 'shopify',
    type: 'carts/create',
    headers: { ...shop, 'x-shopify-topic': 'carts/create' },
    body: { id: 'eeafa272cebfd4b22385bc4b645e762c', token: 'eeafa272cebfd4b22385bc4b645e762c' },
    nulls: [],
    facts: { object_id: 'eeafa272cebfd4b22385bc4b645e762c' },
  },
  {
    source: 'shopify',
    type: 'inventory_levels/update',
    headers: { ...shop, 'x-shopify-topic': 'inventory_levels/update' },
    body: { inventory_item_id: 271878346596884, location_id: 24826418, available: 1 },
    nulls: [],
    facts: { object_id: '271878346596884' },
  },
  {
    source: 'shopify',
    type: 'shop/redact',
    headers: { ...shop, 'x-shopify-topic': 'shop/redact' },
    body: { shop_id: 954889, shop_domain: 'harbor.myshopify.com' },
    nulls: [],
  },
  {
    source: 'shopify',
    type: 'customers/redact',
    headers: { ...shop, 'x-shopify-topic': 'customers/redact' },
    body: { shop_id: 954889, customer: { id: 191167, email: 'a@example.com' } },
    nulls: [],
    facts: { object_id: '191167' },
  },
  {
    source: 'shopify',
    type: 'products/delete',
    headers: { ...shop, 'x-shopify-topic': 'products/delete' },
    body: { id: 788032119674292 },
    // Only the id is sent.
    nulls: ['title', 'handle', 'status'],
  },
  {
    source: 'adyen',
    type: 'REFUND',
    body: {
      live: 'false',
      notificationItems: [
        {
          NotificationRequestItem: {
            pspReference: 'p',
            originalReference: 'o',
            merchantAccountCode: 'm',
            merchantReference: 'r',
            amount: { value: 1, currency: 'EUR' },
            eventCode: 'REFUND',
            success: 'false',
            paymentMethod: 'visa',
            reason: 'Insufficient balance',
          },
        },
      ],
    },
    nulls: [],
    facts: { success: false },
  },
  {
    source: 'revenuecat',
    type: 'TRANSFER',
    body: revenuecat({ type: 'TRANSFER', transferred_from: ['a'], transferred_to: ['b'] }),
    nulls: ['product', 'price', 'currency', 'expires_at', 'reason'],
    facts: { user: 'b' },
  },
  {
    source: 'revenuecat',
    type: 'EXPIRATION',
    body: revenuecat({
      type: 'EXPIRATION',
      app_user_id: 'u',
      product_id: 'p',
      price: 0,
      currency: 'EUR',
      expiration_at_ms: 1,
      expiration_reason: 'UNSUBSCRIBE',
    }),
    nulls: [],
    facts: { reason: 'UNSUBSCRIBE' },
  },
  {
    source: 'woocommerce',
    type: 'order.created',
    headers: { 'x-wc-webhook-topic': 'order.created', 'x-wc-webhook-source': 'https://a.example/' },
    body: {
      id: 727,
      number: '727',
      status: 'processing',
      currency: 'USD',
      total: '29.35',
      payment_method: 'bacs',
      billing: { email: 'john@example.com' },
    },
    nulls: [],
  },
]
