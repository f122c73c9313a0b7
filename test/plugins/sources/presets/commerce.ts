import { base64, basic, FORM, mac, type SenderTable, sha256, timed } from './sender.ts'

export const COMMERCE_SENDERS: SenderTable = {
  chargebee: (secret) => ({
    body: '{"id":"ev_16BHbhF4s42tO2lK","event_type":"customer_created"}',
    headers: basic(secret),
    type: 'customer_created',
    id: 'ev_16BHbhF4s42tO2lK',
  }),
  coinbasecommerce: (secret) => {
    const body = '{"id":1,"event":{"id":"24934862-d980","type":"charge:confirmed"}}'
    const headers = { 'X-CC-Webhook-Signature': sha256(secret, body) }
    return { body, headers, type: 'charge:confirmed', id: '24934862-d980' }
  },
  kofi: (secret) => {
    const data = {
      verification_token: secret,
      message_id: 'm1',
      type: 'Shop Order',
      amount: '3.00',
    }
    const body = new URLSearchParams({ data: JSON.stringify(data) }).toString()
    return { body, headers: FORM, type: 'Shop_Order', id: 'm1', facts: { amount: '3.00' } }
  },
  lemonsqueezy: (secret) => {
    const body = '{"meta":{"event_name":"order_created"},"data":{}}'
    const headers = { 'X-Event-Name': 'order_created', 'X-Signature': sha256(secret, body) }
    return { body, headers, type: 'order_created', id: null }
  },
  paystack: (secret) => {
    const body = '{"event":"charge.success","data":{}}'
    return {
      body,
      headers: { 'x-paystack-signature': mac('sha512', secret, body) },
      type: 'charge.success',
      id: null,
    }
  },
  persona: (secret, { seconds }) => {
    const body = '{"data":{"type":"event","id":"evt_1","attributes":{"name":"inquiry.completed"}}}'
    return {
      body,
      headers: { 'Persona-Signature': timed(seconds, secret, body) },
      type: 'inquiry.completed',
      id: 'evt_1',
    }
  },
  quickbooks: (secret) => {
    const body =
      '{"eventNotifications":[{"realmId":"1185883450","dataChangeEvent":{"entities":[{"name":"Customer","id":"1","operation":"Create"}]}}]}'
    const headers = { 'intuit-signature': base64(secret, body) }
    return { body, headers, type: 'Customer', id: null, facts: { realm: '1185883450' } }
  },
  razorpay: (secret) => {
    const body = '{"entity":"event","event":"payment.captured"}'
    const headers = { 'X-Razorpay-Signature': sha256(secret, body), 'x-razorpay-event-id': 'Ev1' }
    return { body, headers, type: 'payment.captured', id: 'Ev1' }
  },
  workos: (secret, { ms }) => {
    const body = '{"id":"event_1","event":"dsync.user.created"}'
    const headers = { 'WorkOS-Signature': `t=${ms}, v1=${sha256(secret, `${ms}.${body}`)}` }
    return { body, headers, type: 'dsync.user.created', id: 'event_1' }
  },
}
