import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import {
  catalogOf,
  checkedType,
  checkTimestamp,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  fact,
  factsOf,
  HooklineError,
  idText,
  type JsonObject,
  jsonObjects,
  type ParsedEvent,
  type Verdict,
} from '../../core/index.ts'

const SIGNATURE_HEADER = 'X-Twilio-Email-Event-Webhook-Signature'
const TIMESTAMP_HEADER = 'X-Twilio-Email-Event-Webhook-Timestamp'
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of SendGrid.',
    facts: {
      email: fact('string', 'Address of the recipient', 'email'),
      message_id: fact('string', 'Id of the message', 'sg_message_id'),
      timestamp: fact('number', 'When, in seconds since the epoch', 'timestamp'),
      category: fact('string', 'Category; null where there are several', 'category'),
    },
  },
  ...eventsWith(
    {
      reason: fact('string', 'Why', 'reason'),
      status: fact('string', 'Enhanced status code, `5.0.0`', 'status'),
      response: fact('string', 'Answer of the receiving server', 'response'),
    },
    {
      processed: 'A message was taken.',
      dropped: 'A message was not sent.',
      deferred: 'The receiving server asked to wait.',
      delivered: 'A message was delivered.',
      bounce: 'A message could not be delivered.',
      blocked: 'A message was rejected for now.',
    },
  ),
  ...eventsWith(
    {
      url: fact('string', 'Link that was followed', 'url'),
      ip: fact('string', 'Address of the reader', 'ip'),
      user_agent: fact('string', 'Program of the reader', 'useragent'),
    },
    { open: 'A message was opened.', click: 'A link was followed.' },
  ),
  ...eventsWith(
    {},
    {
      spamreport: 'A message was marked as spam.',
      unsubscribe: 'A recipient wants no more messages.',
      group_unsubscribe: 'A recipient left a group.',
      group_resubscribe: 'A recipient came back to a group.',
    },
  ),
}

const publicKey = () => z.string().min(1, 'must not be empty')

/** The Event Webhook of SendGrid, signed; a delivery is a batch. Only SendGrid can sign: its private key is not known. */
export const sendgrid = defineSource({
  name: 'sendgrid',
  summary: 'The signed Event Webhook of Twilio SendGrid.',
  documentation:
    'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features',
  options: z.object({
    publicKey: z
      .union([publicKey().transform((key) => [key]), z.array(publicKey()).min(1)])
      .describe(
        'Verification key of the webhook in base64; not a secret. Several while it changes.',
      ),
    toleranceSeconds: z
      .number()
      .positive()
      .default(300)
      .describe('How far the timestamp may be from now.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ publicKey, toleranceSeconds }, { clock }) => {
    const keys = publicKey.map(readKey)
    return {
      verify: (delivery) => check(delivery, { keys, toleranceSeconds, now: clock() }),
      parse: (delivery) => jsonObjects(delivery).map(eventOf),
    }
  },
})

interface Check {
  readonly keys: readonly KeyObject[]
  readonly toleranceSeconds: number
  readonly now: number
}

function check({ headers, body }: Delivery, { keys, toleranceSeconds, now }: Check): Verdict {
  const signature = headers[SIGNATURE_HEADER.toLowerCase()]
  if (signature === undefined) return refuse(`signature header ${SIGNATURE_HEADER} is missing`)
  const value = headers[TIMESTAMP_HEADER.toLowerCase()]
  if (value === undefined) return refuse(`timestamp header ${TIMESTAMP_HEADER} is missing`)
  const fresh = checkTimestamp({ value, unit: 's', toleranceSeconds, now })
  if (!fresh.ok) return fresh
  if (!BASE64.test(signature)) return refuse(`signature header ${SIGNATURE_HEADER} is not base64`)
  const given = Buffer.from(signature, 'base64')
  const content = Buffer.concat([Buffer.from(value), body])
  return keys.some((key) => verify('sha256', content, key, given))
    ? { ok: true }
    : refuse('signature does not match any key')
}

function eventOf(payload: JsonObject): ParsedEvent {
  const type = checkedType(payload['event'], '`event` of an entry')
  const id = idText(payload['sg_event_id'])
  return { type, id, facts: factsOf(EVENTS, { type, payload }), payload }
}

function readKey(text: string): KeyObject {
  let key: KeyObject | undefined
  try {
    key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
  } catch {
    // The parser's own error says nothing that helps.
  }
  if (key?.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new HooklineError('option_invalid', 'The public key must be a P-256 key in base64.')
  }
  return key
}

function refuse(reason: string): Verdict {
  return { ok: false, reason }
}
