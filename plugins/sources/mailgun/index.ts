import { z } from 'zod'
import {
  checkTimestamp,
  type Delivery,
  type DeliveryDraft,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  type Hmac,
  hmac,
  OK,
  objectIn,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'

const FAILURE_FACTS: FactTable = {
  severity: ['string', '`permanent` or `temporary`', 'event-data.severity'],
  reason: ['string', 'Kind of failure', 'event-data.reason'],
  code: ['number', 'Status code from the receiving server', 'event-data.delivery-status.code'],
  description: [
    'string',
    'Response of the receiving server',
    // Often an empty text.
    (payload) => valueAt(payload, 'event-data.delivery-status.description') || null,
    'event-data.delivery-status.message',
  ],
}

const EVENTS = {
  '*': {
    description: 'Every event of Mailgun.',
    facts: {
      recipient: ['string', 'Email address of the recipient', 'event-data.recipient'],
      event_id: ['string', 'Id of the event', 'event-data.id'],
      message_id: ['string', 'Id of the email', 'event-data.message.headers.message-id'],
      subject: ['string', 'Subject of the email', 'event-data.message.headers.subject'],
      domain: ['string', 'Domain of the sender', 'event-data.domain.name'],
      timestamp: ['number', 'Time, in seconds since the epoch', 'event-data.timestamp'],
    },
  },
  accepted: 'An email was accepted and will be sent.',
  delivered: 'An email was delivered.',
  opened: 'An email was opened.',
  unsubscribed: 'A recipient unsubscribed.',
  complained: 'A recipient complained of spam.',
  ...eventsWith(FAILURE_FACTS, {
    failed: 'An email could not be delivered.',
    rejected: 'An email was rejected.',
  }),
  clicked: {
    description: 'A link was clicked.',
    facts: { url: ['string', 'URL of the link', 'event-data.url'] },
  },
} satisfies EventTable

// Mailgun repeats failed deliveries for eight hours.
const TOLERANCE_SECONDS = 86_400

/**
 * Webhooks of Mailgun. Its signature covers a time and a token, not the event: so the token is the id, and one that
 * was seen is never taken for another event.
 */
export const mailgun = defineSource({
  name: 'mailgun',
  summary: 'Webhooks of Mailgun; their signature does not cover the event.',
  documentation:
    'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks',
  setup:
    'Under Sending > Webhooks, add the URL for each event. The secret is the HTTP webhook signing key of the account.',
  options: z.object({ secret: secrets().describe('The HTTP webhook signing key.') }),
  events: EVENTS,
  signature: ({ secret }, { clock }) => {
    const mac = hmac({ algorithm: 'sha256', encoding: 'hex' }, secret)
    return {
      verify: (delivery) => {
        const proof = proofIn(delivery)
        if (typeof proof === 'string') return { ok: false, reason: proof }
        const { timestamp, token, signatures } = proof
        const fresh = checkTimestamp({
          value: timestamp,
          unit: 's',
          now: clock(),
          toleranceSeconds: TOLERANCE_SECONDS,
        })
        if (!fresh.ok) return fresh
        return mac.matches([timestamp, token], signatures)
          ? { ok: true }
          : { ok: false, reason: 'the proof in the body does not match any secret' }
      },
      sign: () => ({}),
      embedProof: (draft) => withProof(draft, mac),
    }
  },
  type: 'event-data.event',
  id: 'signature.token',
  // Mailgun repeats a delivery that is not answered with 200.
  acknowledge: () => OK,
})

/** The parts of the proof, or what is wrong with them. A parent account signs too. */
function proofIn(delivery: Delivery) {
  const fields = objectIn(delivery)
  if (fields === null) return 'the body is no JSON object'
  const [timestamp, token, signature, parents] = [
    'timestamp',
    'token',
    'signature',
    'parent-signature',
  ].map((name) => valueAt(fields, `signature.${name}`))
  if (typeof signature !== 'string') return 'the body has no text signature.signature'
  const time = typeof timestamp === 'number' ? String(timestamp) : timestamp
  if (typeof time !== 'string' || typeof token !== 'string' || token === '') {
    return 'the body has no time and token to its proof'
  }
  const signatures = typeof parents === 'string' ? [signature, parents] : [signature]
  return { timestamp: time, token, signatures }
}

function withProof(draft: DeliveryDraft, mac: Hmac): DeliveryDraft {
  const fields = objectIn(draft.body)
  if (fields === null) return draft
  const timestamp = String(Math.floor(draft.sentAt.getTime() / 1000))
  const token = draft.id
  const signature = mac.sign([timestamp, token])
  const body = JSON.stringify({ ...fields, signature: { timestamp, token, signature } })
  return { ...draft, body: Buffer.from(body) }
}
