import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  HooklineError,
  jsonObjects,
  publicKeySignature,
} from '../../../core/sdk/source.ts'

const SIGNATURE = {
  header: 'X-Twilio-Email-Event-Webhook-Signature',
  encoding: 'base64',
  template: '{timestamp}{body}',
} as const
const TIMESTAMP = { header: 'X-Twilio-Email-Event-Webhook-Timestamp', unit: 's' } as const

const EVENTS = {
  '*': {
    description: 'Every event of SendGrid.',
    facts: {
      email: ['string', 'Address of the recipient', 'email'],
      message_id: ['string', 'Id of the message', 'sg_message_id'],
      timestamp: ['number', 'Time, in seconds since the epoch', 'timestamp'],
      category: [
        'string',
        'Category; null where there are several',
        'category',
        ({ category }) => (Array.isArray(category) && category.length === 1 ? category[0] : null),
      ],
    },
  },
  ...eventsWith(
    {
      reason: ['string', 'Reason', 'reason'],
      status: ['string', 'Enhanced status code, `5.0.0`', 'status'],
      response: ['string', 'Response of the receiving server', 'response'],
    },
    {
      processed: 'A message was accepted.',
      dropped: 'A message was not sent.',
      deferred: 'The receiving server asked to try again later.',
      delivered: 'A message was delivered.',
      bounce: 'A message could not be delivered.',
      blocked: 'A message was rejected for now.',
    },
  ),
  ...eventsWith(
    {
      url: ['string', 'Link that was clicked', 'url'],
      ip: ['string', 'IP address of the reader', 'ip'],
      user_agent: ['string', 'User agent of the reader', 'useragent'],
    },
    { open: 'A message was opened.', click: 'A link was clicked.' },
  ),
  spamreport: 'A message was marked as spam.',
  unsubscribe: 'A recipient unsubscribed.',
  group_unsubscribe: 'A recipient left a group.',
  group_resubscribe: 'A recipient rejoined a group.',
} satisfies EventTable

const publicKey = () => z.string().min(1, 'must not be empty')

/** The Event Webhook of SendGrid, signed; a delivery is a batch. Only SendGrid can sign: its private key is not known. */
export const sendgrid = defineSource({
  name: 'sendgrid',
  summary: 'The signed Event Webhook of Twilio SendGrid.',
  documentation:
    'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features',
  setup:
    'Under Settings > Mail Settings > Event Webhooks, add one with the URL and with Signed Event Webhook. Give its verification key to Hookline.',
  options: z.object({
    publicKey: z
      .union([publicKey().transform((key) => [key]), z.array(publicKey()).min(1)])
      .describe(
        'Verification key of the webhook in base64, or several during a rotation. It is not a secret.',
      ),
    toleranceSeconds: z
      .number()
      .positive()
      .default(300)
      .describe('Maximum difference between the timestamp and now, in seconds.'),
  }),
  events: EVENTS,
  signature: ({ publicKey, toleranceSeconds }, { clock }) => {
    const scheme = { ...SIGNATURE, timestamp: { ...TIMESTAMP, toleranceSeconds } }
    return publicKeySignature(scheme, { keys: publicKey.map(readKey), digest: 'sha256', clock })
  },
  type: 'event',
  id: 'sg_event_id',
  parse: (delivery) => jsonObjects(delivery).map((payload) => ({ payload })),
})

function readKey(text: string): KeyObject {
  let key: KeyObject | undefined
  try {
    key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
  } catch {
    // The error of the parser does not help.
  }
  if (key?.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new HooklineError('option_invalid', 'The public key must be a P-256 key in base64.')
  }
  return key
}
