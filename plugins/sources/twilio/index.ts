import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  type Delivery,
  type DeliveryDraft,
  defineSource,
  type EventTable,
  eventsWith,
  eventTypeOf,
  type FactTable,
  firstOf,
  formFields,
  type Hmac,
  HooklineError,
  hmac,
  isJsonObject,
  isJsonType,
  mediaType,
  type SourceEvent,
  secrets,
  tokenMatches,
  type Verdict,
} from '../../../core/sdk/source.ts'

const HEADER = 'X-Twilio-Signature'
const FORM = 'application/x-www-form-urlencoded'
/** Query parameter with the SHA-256 of the body in hex, if the body is not a form. */
const BODY_HASH = 'bodySHA256'
const DEFAULT_PORTS = { 'https:': '443', 'http:': '80' } as const

/** Fields that identify a message. */
const MESSAGE_IDS = ['MessageSid', 'SmsSid'] as const
/** Examples have shorter ids than messages. */
const SID = /^[A-Z]{2}[0-9a-f]{1,32}$/i
const WHOLE_SID_LENGTH = 34
/** A field with a whole id, in what is signed. */
const SIGNED_SID = /Sid[A-Z]{2}[0-9a-f]{32}/gi

const MESSAGE_STATUS = ['MessageStatus', 'SmsStatus'] as const
const STATUS = /^[a-z_]+$/
const SIGNED_STATUS = /(?:Message|Sms)Status/

type FormFields = ReturnType<typeof formFields>
type Fields = Readonly<Record<string, unknown>>

interface Kind {
  readonly type: string
  /** Fields that only this kind has. */
  readonly ids: readonly string[]
  /** Fields of the word that follows the type after a dot. */
  readonly status: readonly string[]
}

// The first match counts. A recording also has the id of its call, so it comes first.
const KINDS: readonly Kind[] = [
  { type: 'recording', ids: ['RecordingSid'], status: ['RecordingStatus'] },
  { type: 'conference', ids: ['ConferenceSid'], status: ['StatusCallbackEvent'] },
  { type: 'conversation', ids: ['ConversationSid'], status: ['EventType'] },
  { type: 'message', ids: MESSAGE_IDS, status: MESSAGE_STATUS },
  { type: 'call', ids: ['CallSid'], status: ['CallStatus'] },
]

const ERROR_FACTS: FactTable = {
  error_code: ['string', 'Why it failed', 'ErrorCode'],
}

const EVENTS = {
  '*': {
    description: 'Every event of Twilio.',
    facts: {
      account: ['string', 'Id of the account', 'AccountSid', 'data.accountSid'],
      sid: [
        'string',
        'Id of the object that the event is about',
        firstOf(...KINDS.flatMap(({ ids }) => ids)),
        'data.messageSid',
        'data.callSid',
      ],
      from: ['string', 'Number or address of the sender or caller', 'From', 'Author', 'data.from'],
      to: ['string', 'Number or address of the recipient', 'To', 'data.to'],
      status: [
        'string',
        'Current status',
        firstOf(...KINDS.flatMap(({ status }) => status)),
        'data.messageStatus',
      ],
    },
  },
  message: {
    description: 'A message came in (`message.received`), or the status of one sent changed.',
    facts: {
      text: ['string', 'Text of the message', 'Body'],
      media: ['string', 'Number of attached files', 'NumMedia'],
      ...ERROR_FACTS,
    },
  },
  call: {
    description: 'A call. Its status follows a dot: `call.ringing`, `call.completed`.',
    facts: {
      direction: ['string', '`inbound`, `outbound-api`, …', 'Direction'],
      digits: ['string', 'Keys that were pressed', 'Digits'],
      duration: ['string', 'Duration in seconds', 'CallDuration'],
      ...ERROR_FACTS,
    },
  },
  recording: {
    description: 'The status of a recording changed.',
    facts: {
      url: ['string', 'URL of the recording', 'RecordingUrl'],
      call: ['string', 'Id of the call', 'CallSid'],
      duration: ['string', 'Duration in seconds', 'RecordingDuration'],
    },
  },
  ...eventsWith(
    { name: ['string', 'Its name', 'FriendlyName'] },
    {
      conference: 'Activity in a conference.',
      conversation: 'Activity in a conversation.',
    },
  ),
  event: 'Any other delivery.',
} satisfies EventTable

/**
 * Messages, calls and event streams of Twilio. It signs the URL that was set in its console, so the config's
 * `publicUrl` must be that URL's beginning. Set the method to POST there.
 */
export const twilio = defineSource({
  name: 'twilio',
  summary: 'Messages, calls and event streams of Twilio.',
  documentation: 'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
  setup:
    'In the Console, enter the URL at the phone number, where a message or a call comes in. The auth token is on the dashboard of the account.',
  options: z.object({
    authToken: secrets().describe('The auth token of the account.'),
    twiml: z
      .string()
      .default('<Response/>')
      .describe('TwiML response to messages and calls. Default: do nothing.'),
  }),
  events: EVENTS,
  signature: ({ authToken }) => {
    const mac = hmac({ algorithm: 'sha1', encoding: 'base64' }, authToken)
    return {
      verify: (delivery) => verify(delivery, mac),
      embedProof: (draft) =>
        looksLikeForm(draft) ? draft : { ...draft, url: withBodyHash(draft) },
      sign: (draft) => {
        const isHashed = new URL(draft.url).searchParams.has(BODY_HASH)
        const content = isHashed ? draft.url : draft.url + signedFields(formFields(draft.body))
        return {
          [HEADER.toLowerCase()]: mac.sign([content]),
          ...(isHashed ? {} : { 'content-type': FORM }),
        }
      },
    }
  },
  type: ({ type }) => eventTypeOf(type) ?? 'event',
  id: 'id',
  parse,
  acknowledge: ({ headers }, { twiml }) =>
    isForm(headers)
      ? { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: twiml }
      : { status: 204 },
})

function verify(delivery: Delivery, mac: Hmac): Verdict {
  const signature = delivery.headers[HEADER.toLowerCase()]
  if (signature === undefined) return refuse(`signature header ${HEADER} is missing`)
  const hash = delivery.query.get(BODY_HASH)
  if (hash === null && !isForm(delivery.headers)) {
    return refuse(`the body is no form, and the URL has no ${BODY_HASH}: nothing signs it`)
  }
  if (hash !== null && !tokenMatches(hash, [hashOf(delivery.body)])) {
    return refuse(`the body does not match ${BODY_HASH}`)
  }
  const fields = hash === null ? formFields(delivery) : {}
  const content = signedFields(fields)
  const isSigned = urlsOf(delivery.url).some((url) => mac.matches([url, content], [signature]))
  if (!isSigned) return refuse('signature does not match any secret and the public URL')
  const fault = idFault(fields, content)
  return fault === null ? { ok: true } : refuse(fault)
}

/**
 * What is wrong with the ids. Twilio signs names and values without anything between them: with a part of a neighbour,
 * or as a part of one, an id would be another under the same signature.
 */
function idFault(fields: FormFields, content: string): string | null {
  const unclear = MESSAGE_IDS.find((name) => fields[name] !== undefined && !isSid(fields[name]))
  if (unclear !== undefined) return `${unclear} is not the id of a message`
  const whole = Object.entries(fields).filter(
    ([name, value]) => name.endsWith('Sid') && isSid(value) && value.length === WHOLE_SID_LENGTH,
  )
  const signed = content.match(SIGNED_SID) ?? []
  if (signed.length !== whole.length) return 'an id is inside another field'
  return MESSAGE_IDS.some((name) => fields[name] !== undefined)
    ? statusFault(fields, content)
    : null
}

/** The status is a part of the id of a message: it must not be cut, or have become a part of another field. */
function statusFault(fields: FormFields, content: string): string | null {
  const given = MESSAGE_STATUS.map((name) => fields[name]).filter((value) => value !== undefined)
  if (given.length === 0 && SIGNED_STATUS.test(content)) return 'the status is inside another field'
  if (!given.every((value) => typeof value === 'string' && STATUS.test(value))) {
    return 'the status of the message is not one word'
  }
  // What was cut off would be the beginning of a name.
  return Object.keys(fields).every((name) => /^[A-Z]/.test(name))
    ? null
    : 'a field has a name that Twilio does not use'
}

function isSid(value: unknown): value is string {
  return typeof value === 'string' && SID.test(value)
}

/** Names and values in the order of the names; of a repeated name each value once, in order. */
function signedFields(fields: FormFields): string {
  return Object.entries(fields)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([name, value]) =>
      [...new Set([value].flat())].toSorted().map((single) => name + single),
    )
    .join('')
}

/** Twilio signs some URLs with their port and some without, as written or normalized. */
function urlsOf(written: string): readonly string[] {
  return [...new Set([written, new URL(written).href])].flatMap((url) => {
    const [, scheme = '', host = '', rest = ''] = /^(https?:)\/\/([^/?#]*)(.*)$/i.exec(url) ?? []
    const bare = host.replace(/:\d+$/, '')
    const port = /:(\d+)$/.exec(host)?.[1] ?? DEFAULT_PORTS[scheme === 'http:' ? scheme : 'https:']
    return [`${scheme}//${bare}${rest}`, `${scheme}//${bare}:${port}${rest}`]
  })
}

function parse(delivery: Delivery): readonly SourceEvent[] {
  if (isForm(delivery.headers)) return [formEvent(delivery)]
  if (!isJsonType(mediaType(delivery.headers['content-type']))) {
    throw new HooklineError('content_type_unsupported', 'Twilio sends a form or JSON.')
  }
  const body = delivery.json()
  const items: readonly unknown[] = Array.isArray(body) ? body : [body]
  if (items.every(isJsonObject)) return items.map((payload) => ({ payload }))
  throw new HooklineError('delivery_unparsable', 'The payload is not made of JSON objects.')
}

function formEvent(delivery: Delivery): SourceEvent {
  const payload: Fields = formFields(delivery)
  // All steps of a call have the same id, so only the token of the request identifies a repetition.
  const token = delivery.headers['i-twilio-idempotency-token'] ?? null
  const kind = KINDS.find(({ ids }) => ids.some((id) => payload[id] !== undefined))
  if (kind === undefined) return { type: 'event', id: token, payload }
  const { type } = kind
  const first = (names: readonly string[]) =>
    names.map((name) => payload[name]).find((value) => value !== undefined)
  const status = first(kind.status)
  return {
    type,
    action: status,
    id: type === 'message' ? `${first(kind.ids)}:${status ?? null}` : token,
    payload,
  }
}

function isForm(headers: Delivery['headers']): boolean {
  return mediaType(headers['content-type']) === FORM
}

function looksLikeForm({ body }: DeliveryDraft): boolean {
  return /^[A-Za-z]\w*=/.test(textOf(body))
}

function withBodyHash({ url, body }: DeliveryDraft): string {
  return `${url}${url.includes('?') ? '&' : '?'}${BODY_HASH}=${hashOf(body)}`
}

// Bytes that are not UTF-8 are signed with replacement characters.
function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString()
}

function hashOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

function refuse(reason: string): Verdict {
  return { ok: false, reason }
}
