import { type PresetTable, SECRET } from './preset.ts'

/** Senders of payments, orders and accounts. */
export const COMMERCE_PRESETS = {
  chargebee: {
    title: 'Chargebee',
    documentation: 'https://www.chargebee.com/docs/billing/2.0/site-configuration/webhook_settings',
    setup:
      'Under Settings > Configure Chargebee > Webhooks, add a webhook with the URL, protected by basic authentication: the username is `hookline`, the password the secret.',
    generates: true,
    options: {
      basic: { username: 'hookline', password: SECRET },
      type: { path: 'event_type' },
      id: { path: 'id' },
    },
  },
  coinbasecommerce: {
    title: 'Coinbase Commerce',
    documentation: 'https://docs.cdp.coinbase.com/commerce/introduction/webhooks',
    setup: 'Under Settings > Notifications, add the URL, and give the shared secret to Hookline.',
    options: {
      hmac: { secret: SECRET, header: 'X-CC-Webhook-Signature' },
      type: { path: 'event.type' },
      id: { path: 'event.id' },
    },
  },
  kofi: {
    title: 'Ko-fi',
    documentation: 'https://ko-fi.com/manage/webhooks',
    setup:
      'Under More > API > Webhooks, enter the URL. The secret is the verification token under Advanced.',
    options: {
      token: SECRET,
      tokenPath: 'data.verification_token',
      jsonFields: ['data'],
      type: { path: 'data.type' },
      id: { path: 'data.message_id' },
      facts: {
        from_name: 'data.from_name',
        amount: 'data.amount',
        currency: 'data.currency',
        is_public: 'data.is_public',
      },
    },
  },
  lemonsqueezy: {
    title: 'Lemon Squeezy',
    documentation: 'https://docs.lemonsqueezy.com/help/webhooks/signing-requests',
    setup:
      'Under Settings > Webhooks, add a webhook with the URL and the secret as its signing secret.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'X-Signature' },
      type: { header: 'X-Event-Name', path: 'meta.event_name' },
    },
  },
  paystack: {
    title: 'Paystack',
    documentation: 'https://paystack.com/docs/payments/webhooks/',
    setup:
      'Under Settings > API Keys & Webhooks, enter the URL. The secret is the secret key there.',
    options: {
      hmac: { secret: SECRET, header: 'x-paystack-signature', algorithm: 'sha512' },
      type: { path: 'event' },
    },
  },
  persona: {
    title: 'Persona',
    documentation: 'https://docs.withpersona.com/webhook-best-practices',
    setup: 'Under Webhooks, add a webhook with the URL, and give its secret to Hookline.',
    options: {
      hmac: {
        secret: SECRET,
        header: 'Persona-Signature',
        prefix: 'v1=',
        separator: ',',
        timestamp: { prefix: 't=' },
      },
      type: { path: 'data.attributes.name' },
      id: { path: 'data.id' },
    },
  },
  quickbooks: {
    title: 'QuickBooks Online',
    documentation: 'https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks',
    setup:
      'In the app at the developer portal, under Webhooks, enter the URL. The secret is the verifier token.',
    options: {
      hmac: { secret: SECRET, header: 'intuit-signature', encoding: 'base64' },
      batch: 'eventNotifications',
      type: { path: 'eventNotifications.0.dataChangeEvent.entities.0.name' },
      facts: { realm: 'eventNotifications.0.realmId' },
    },
  },
  razorpay: {
    title: 'Razorpay',
    documentation: 'https://razorpay.com/docs/webhooks/validate-test/',
    setup: 'Under Account & Settings > Webhooks, add a webhook with the URL and the secret.',
    generates: true,
    options: {
      hmac: { secret: SECRET, header: 'X-Razorpay-Signature' },
      type: { path: 'event' },
      id: { header: 'X-Razorpay-Event-Id' },
    },
  },
  workos: {
    title: 'WorkOS',
    documentation: 'https://workos.com/docs/events/data-syncing/webhooks',
    setup:
      'In the dashboard, under Webhooks, add an endpoint with the URL, and give its secret to Hookline.',
    options: {
      hmac: {
        secret: SECRET,
        header: 'WorkOS-Signature',
        prefix: 'v1=',
        separator: ',',
        timestamp: { prefix: 't=', unit: 'ms' },
      },
      type: { path: 'event' },
      id: { path: 'id' },
    },
  },
} satisfies PresetTable
