import { createHmac } from 'node:crypto'
import type { DeliveryDraft } from '../../../../core/contracts/source.ts'

// Signers in a few lines, each written from its vendor's document (its `documentation`): these vendors have no
// library for Node that signs. They take bytes, since a body may be no UTF-8.

const mac = (algorithm: string, key: string | Buffer, ...parts: readonly (string | Uint8Array)[]) =>
  parts.reduce((hmac, part) => hmac.update(part), createHmac(algorithm, key))

const seconds = ({ sentAt }: DeliveryDraft) => String(Math.floor(sentAt.getTime() / 1000))

type Signer = (draft: DeliveryDraft, secret: string) => Record<string, string>

/** `t=…,v1=…` over the time, a dot and the body. */
function timed(header: string, [time, name]: readonly [string, string]): Signer {
  return (draft, secret) => {
    const at = seconds(draft)
    const hex = mac('sha256', secret, `${at}.`, draft.body).digest('hex')
    return { [header]: `${time}=${at},${name}=${hex}` }
  }
}

export const SIGNERS = {
  zoom: (draft, secret) => {
    const at = seconds(draft)
    const hex = mac('sha256', secret, `v0:${at}:`, draft.body).digest('hex')
    return { 'x-zm-signature': `v0=${hex}`, 'x-zm-request-timestamp': at }
  },
  dropbox: ({ body }, secret) => ({
    'X-Dropbox-Signature': mac('sha256', secret, body).digest('hex'),
  }),
  typeform: ({ body }, secret) => ({
    'Typeform-Signature': `sha256=${mac('sha256', secret, body).digest('base64')}`,
  }),
  twitch: ({ body, id, event, sentAt }, secret) => {
    const at = sentAt.toISOString()
    return {
      'Twitch-Eventsub-Message-Id': id,
      'Twitch-Eventsub-Message-Timestamp': at,
      'Twitch-Eventsub-Message-Type': 'notification',
      'Twitch-Eventsub-Subscription-Type': event,
      'Twitch-Eventsub-Message-Signature': `sha256=${mac('sha256', secret, id, at, body).digest('hex')}`,
    }
  },
  x: ({ body }, secret) => ({
    'x-twitter-webhooks-signature': `sha256=${mac('sha256', secret, body).digest('base64')}`,
  }),
  trello: ({ body, url }, secret) => ({
    'X-Trello-Webhook': mac('sha1', secret, body, url).digest('base64'),
  }),
  asana: ({ body }, secret) => ({
    'X-Hook-Signature': mac('sha256', secret, body).digest('hex'),
  }),
  intercom: ({ body }, secret) => ({
    'X-Hub-Signature': `sha1=${mac('sha1', secret, body).digest('hex')}`,
  }),
  woocommerce: ({ body, event, id }, secret) => ({
    'X-WC-Webhook-Topic': event,
    'X-WC-Webhook-Delivery-ID': id,
    'X-WC-Webhook-Signature': mac('sha256', secret, body).digest('base64'),
  }),
  zendesk: ({ body, id, sentAt }, secret) => {
    const at = sentAt.toISOString()
    return {
      'X-Zendesk-Webhook-Invocation-Id': id,
      'X-Zendesk-Webhook-Signature-Timestamp': at,
      'X-Zendesk-Webhook-Signature': mac('sha256', secret, at, body).digest('base64'),
    }
  },
  buildkite: (draft, secret) => ({
    'X-Buildkite-Event': draft.event,
    'X-Buildkite-Request': draft.id,
    ...timed('X-Buildkite-Signature', ['timestamp', 'signature'])(draft, secret),
  }),
  msteams: ({ body }, secret) => ({
    Authorization: `HMAC ${mac('sha256', Buffer.from(secret, 'base64'), body).digest('base64')}`,
  }),
  calendly: timed('Calendly-Webhook-Signature', ['t', 'v1']),
  revenuecat: timed('X-RevenueCat-Webhook-Signature', ['t', 'v1']),
} satisfies Readonly<Record<string, Signer>>
