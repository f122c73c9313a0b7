import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import {
  catalogOf,
  checkedType,
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
  publicKeySignature,
} from '../../core/index.ts'

const SIGNATURE = {
  header: 'X-Twilio-Email-Event-Webhook-Signature',
  encoding: 'base64',
  template: '{timestamp}{body}',
} as const
const TIMESTAMP = { header: 'X-Twilio-Email-Event-Webhook-Timestamp', unit: 's' } as const

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
    const scheme = { ...SIGNATURE, timestamp: { ...TIMESTAMP, toleranceSeconds } }
    const keys = publicKey.map(readKey)
    return {
      verify: publicKeySignature(scheme, { keys, digest: 'sha256', clock }).verify,
      parse: (delivery) => jsonObjects(delivery).map(eventOf),
    }
  },
})

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
