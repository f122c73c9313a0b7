import type { FactSample } from './sample.ts'

const stripe = (type: string, object: object, more: object = {}) => ({
  id: 'evt_1',
  object: 'event',
  account: 'acct_1',
  api_version: '2026-01-01',
  livemode: false,
  request: { id: 'req_1', idempotency_key: null },
  type,
  data: { object },
  ...more,
})

const paddle = (event_type: string, data: object) => ({
  event_id: 'evt_1',
  event_type,
  occurred_at: '2026-01-15T11:59:58.168Z',
  notification_id: 'ntf_1',
  data,
})

const square = (type: string, object: object) => ({
  merchant_id: 'M',
  type,
  event_id: 'e',
  created_at: '2026-01-15T11:59:58.308Z',
  data: { type: Object.keys(object)[0], id: 'id-1', object },
})

/** By the types of the vendors' libraries: stripe, @paddle/paddle-node-sdk, square. */
export const PAYMENTS: readonly FactSample[] = [
  {
    source: 'stripe',
    type: 'payment_intent.succeeded',
    body: stripe('payment_intent.succeeded', {
      id: 'pi_1',
      object: 'payment_intent',
      amount: 1099,
      currency: 'eur',
      customer: 'cus_1',
      status: 'succeeded',
      latest_charge: 'ch_1',
    }),
    nulls: ['subscription'],
    facts: { payment_intent: 'pi_1', customer: 'cus_1', object_id: 'pi_1' },
  },
  {
    source: 'stripe',
    type: 'customer.created',
    body: stripe('customer.created', { id: 'cus_1', object: 'customer', currency: null }),
    nulls: ['status', 'amount', 'currency', 'subscription', 'payment_intent'],
    facts: { customer: 'cus_1' },
  },
  {
    source: 'stripe',
    type: 'customer.subscription.updated',
    body: stripe('customer.subscription.updated', {
      id: 'sub_1',
      object: 'subscription',
      currency: 'eur',
      customer: 'cus_1',
      status: 'active',
    }),
    nulls: ['amount', 'payment_intent'],
    facts: { subscription: 'sub_1', customer: 'cus_1' },
  },
  {
    source: 'stripe',
    type: 'invoice.paid',
    body: stripe('invoice.paid', {
      id: 'in_1',
      object: 'invoice',
      amount_due: 500,
      currency: 'eur',
      customer: 'cus_1',
      status: 'paid',
      parent: { type: 'subscription_details', subscription_details: { subscription: 'sub_1' } },
    }),
    // Since 2025-03-31 the payments of an invoice are a list of its own.
    nulls: ['payment_intent'],
    facts: { subscription: 'sub_1', amount: 500 },
  },
  {
    source: 'stripe',
    type: 'checkout.session.completed',
    body: stripe('checkout.session.completed', {
      id: 'cs_1',
      object: 'checkout.session',
      amount_total: 500,
      currency: 'eur',
      customer: 'cus_1',
      subscription: 'sub_1',
      payment_intent: null,
      status: 'complete',
    }),
    // Of a subscription.
    nulls: ['payment_intent'],
  },
  {
    source: 'stripe',
    type: 'v1.billing.meter.no_meter_found',
    body: {
      id: 'evt_2',
      object: 'v2.core.event',
      type: 'v1.billing.meter.no_meter_found',
      livemode: false,
      context: 'acct_1',
      related_object: { id: 'mtr_1', type: 'billing.meter' },
      reason: { type: 'request', request: { id: 'req_1', idempotency_key: 'k' } },
    },
    // Thin events tell nothing of the object.
    nulls: ['status', 'api_version'],
    facts: { request: 'req_1', account: 'acct_1' },
  },
  {
    source: 'paddle',
    type: 'subscription.created',
    body: paddle('subscription.created', {
      id: 'sub_1',
      status: 'active',
      transaction_id: 'txn_1',
      customer_id: 'ctm_1',
      currency_code: 'USD',
      items: [{ price: { id: 'pri_1' }, quantity: 1 }],
    }),
    nulls: ['total'],
    facts: { subscription: 'sub_1', transaction: 'txn_1' },
  },
  {
    source: 'paddle',
    type: 'transaction.completed',
    body: paddle('transaction.completed', {
      id: 'txn_1',
      status: 'completed',
      customer_id: 'ctm_1',
      subscription_id: 'sub_1',
      currency_code: 'USD',
      details: { totals: { total: '110', grand_total: '100' } },
    }),
    nulls: [],
    facts: { transaction: 'txn_1', total: '100' },
  },
  {
    source: 'paddle',
    type: 'adjustment.created',
    body: paddle('adjustment.created', {
      id: 'adj_1',
      action: 'refund',
      status: 'pending_approval',
      transaction_id: 'txn_1',
      subscription_id: 'sub_1',
      customer_id: 'ctm_1',
      currency_code: 'USD',
      totals: { subtotal: '90', tax: '10', total: '100' },
    }),
    nulls: [],
    facts: { total: '100', transaction: 'txn_1', subscription: 'sub_1' },
  },
  {
    source: 'paddle',
    type: 'customer.updated',
    body: paddle('customer.updated', { id: 'ctm_1', status: 'active', email: 'a@example.com' }),
    nulls: [],
    facts: { customer: 'ctm_1' },
  },
  {
    source: 'paddle',
    type: 'address.created',
    body: paddle('address.created', { id: 'add_1', status: 'active', customer_id: 'ctm_1' }),
    nulls: [],
    facts: { customer: 'ctm_1' },
  },
  {
    source: 'square',
    type: 'refund.created',
    body: square('refund.created', {
      refund: {
        id: 'id-1',
        status: 'PENDING',
        amount_money: { amount: 100, currency: 'USD' },
        order_id: 'o',
        location_id: 'l',
      },
    }),
    nulls: [],
  },
  {
    source: 'square',
    type: 'order.created',
    body: square('order.created', { order_created: { order_id: 'o', location_id: 'l' } }),
    nulls: [],
    facts: { location: 'l' },
  },
  {
    source: 'square',
    type: 'inventory.count.updated',
    body: square('inventory.count.updated', { inventory_counts: [{ location_id: 'l' }] }),
    nulls: [],
  },
  {
    source: 'square',
    type: 'customer.created',
    body: square('customer.created', { customer: { id: 'id-1' } }),
    nulls: ['location'],
  },
]
