import { createHmac } from 'node:crypto'
import { z } from 'zod'
import {
  catalogOf,
  checkTimestamp,
  type Delivery,
  type DeliveryDraft,
  defineSource,
  type EventTable,
  eventReader,
  eventsWith,
  type FactTable,
  fact,
  hmacKeys,
  OK,
  objectIn,
  secrets,
  sentObject,
  type Verdict,
  valueAt,
  verifyHmac,
} from '../../core/index.ts'

const FAILURE_FACTS: FactTable = {
  severity: fact('string', '`permanent` or `temporary`', 'event-data.severity'),
  reason: fact('string', 'Kind of failure', 'event-data.reason'),
  code: fact('number', 'Answer of the other server', 'event-data.delivery-status.code'),
  description: fact('string', 'What it said', 'event-data.delivery-status.description'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Mailgun.',
    facts: {
      recipient: fact('string', 'Mail address of the recipient', 'event-data.recipient'),
      event_id: fact('string', 'Id of the event', 'event-data.id'),
      message_id: fact('string', 'Id of the mail', 'event-data.message.headers.message-id'),
      subject: fact('string', 'Subject of the mail', 'event-data.message.headers.subject'),
      domain: fact('string', 'Domain of the sender', 'event-data.domain.name'),
      timestamp: fact('number', 'When, in seconds since the epoch', 'event-data.timestamp'),
    },
  },
  ...eventsWith(
    {},
    {
      accepted: 'A mail was accepted and is to be sent.',
      delivered: 'A mail was delivered.',
      opened: 'A mail was opened.',
      unsubscribed: 'A recipient unsubscribed.',
      complained: 'A recipient complained of spam.',
    },
  ),
  ...eventsWith(FAILURE_FACTS, {
    failed: 'A mail could not be delivered.',
    rejected: 'A mail was not accepted.',
  }),
  clicked: {
    description: 'A link was clicked.',
    facts: { url: fact('string', 'Where it led', 'event-data.url') },
  },
}

// What cannot be delivered is sent again for eight hours.
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
  options: z.object({ secret: secrets().describe('The HTTP webhook signing key.') }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const keys = hmacKeys(secret)
    return {
      verify: (delivery) => {
        const proof = proofIn(delivery)
        if (typeof proof === 'string') return { ok: false, reason: proof }
        const { timestamp, token, signatures } = proof
        const fresh = checkTimestamp({
          ...{ value: timestamp, unit: 's', now: clock(), toleranceSeconds: TOLERANCE_SECONDS },
        })
        if (!fresh.ok) return fresh
        const content = [timestamp, token]
        const check = { algorithm: 'sha256', encoding: 'hex', keys, content, signatures } as const
        return verifyHmac(check) ? { ok: true } : noMatch()
      },
      parse: eventReader({
        events: EVENTS,
        type: { path: 'event-data.event' },
        id: { path: 'signature.token' },
      }),
      sign: () => ({}),
      seal: (draft) => seal(draft, secret[0] ?? ''),
      // Anything but 200 is sent again.
      acknowledge: () => OK,
    }
  },
})

/** The parts of the proof, or what is wrong with them. The parent's signature is that of an account over this one. */
function proofIn(delivery: Delivery) {
  const fields = sentObject(delivery)
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

function noMatch(): Verdict {
  return { ok: false, reason: 'the proof in the body does not match any secret' }
}

function seal(draft: DeliveryDraft, key: string): DeliveryDraft {
  const fields = objectIn(draft.body)
  if (fields === null) return draft
  const timestamp = String(Math.floor(draft.sentAt.getTime() / 1000))
  const token = draft.id
  const signature = createHmac('sha256', key)
    .update(timestamp + token)
    .digest('hex')
  const body = JSON.stringify({ ...fields, signature: { timestamp, token, signature } })
  return { ...draft, body: Buffer.from(body) }
}
