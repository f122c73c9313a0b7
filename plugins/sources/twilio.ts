import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  bytesEqual,
  catalogOf,
  computeHmac,
  type Delivery,
  type DeliveryDraft,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  factsOf,
  firstOf,
  formFields,
  HooklineError,
  hasTooManyFields,
  hmacKeys,
  idText,
  isEventType,
  isJsonObject,
  isJsonType,
  MAX_FORM_FIELDS,
  mediaType,
  type ParsedEvent,
  secrets,
  type Verdict,
  verifyHmac,
  withAction,
} from '../../core/index.ts'

const HEADER = 'X-Twilio-Signature'
const FORM = 'application/x-www-form-urlencoded'
/** In the query where the body is no form: its SHA-256 in hex. */
const BODY_HASH = 'bodySHA256'
const DEFAULT_PORTS = { 'https:': '443', 'http:': '80' } as const

type Fields = Readonly<Record<string, unknown>>

interface Kind {
  readonly type: string
  /** Fields that only this kind has. */
  readonly ids: readonly string[]
  /** Stands behind the type. */
  readonly status: readonly string[]
}

// The first that fits: a recording is of a call, so it comes before it.
const KINDS: readonly Kind[] = [
  { type: 'recording', ids: ['RecordingSid'], status: ['RecordingStatus'] },
  { type: 'conference', ids: ['ConferenceSid'], status: ['StatusCallbackEvent'] },
  { type: 'conversation', ids: ['ConversationSid'], status: ['EventType'] },
  { type: 'message', ids: ['MessageSid', 'SmsSid'], status: ['MessageStatus', 'SmsStatus'] },
  { type: 'call', ids: ['CallSid'], status: ['CallStatus'] },
]

const ERROR_FACTS: FactTable = {
  error_code: fact('string', 'Why it failed', 'ErrorCode'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Twilio.',
    facts: {
      account: fact('string', 'Id of the account', firstOf('AccountSid', 'data.accountSid')),
      sid: fact('string', 'Id of what it is about', firstOf(...KINDS.flatMap(({ ids }) => ids))),
      from: fact('string', 'Number or address of the sender or caller', 'From'),
      to: fact('string', 'Number or address it was sent to', 'To'),
      status: fact('string', 'Where it stands', firstOf(...KINDS.flatMap(({ status }) => status))),
    },
  },
  message: {
    description: 'A message came in (`message.received`), or the status of one sent changed.',
    facts: {
      text: fact('string', 'Text of the message', 'Body'),
      media: fact('string', 'How many files are with it', 'NumMedia'),
      ...ERROR_FACTS,
    },
  },
  call: {
    description: 'A call; its status stands behind a dot: `call.ringing`, `call.completed`.',
    facts: {
      direction: fact('string', '`inbound`, `outbound-api`, …', 'Direction'),
      digits: fact('string', 'Keys that were pressed', 'Digits'),
      duration: fact('string', 'Seconds', 'CallDuration'),
      ...ERROR_FACTS,
    },
  },
  recording: {
    description: 'The status of a recording changed.',
    facts: {
      url: fact('string', 'Where the recording is', 'RecordingUrl'),
      call: fact('string', 'Id of the call', 'CallSid'),
      duration: fact('string', 'Seconds', 'RecordingDuration'),
    },
  },
  ...eventsWith(
    { name: fact('string', 'Its name', 'FriendlyName') },
    {
      conference: 'Something happened in a conference.',
      conversation: 'Something happened in a conversation.',
    },
  ),
  event: { description: 'Any other delivery.', facts: {} },
}

/**
 * Messages, calls and event streams of Twilio. It signs the URL that was set in its console, so the config's
 * `publicUrl` must be that URL's beginning. Set the method to POST there.
 */
export const twilio = defineSource({
  name: 'twilio',
  summary: 'Messages, calls and event streams of Twilio.',
  documentation: 'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
  options: z.object({
    authToken: secrets().describe('The auth token of the account.'),
    twiml: z
      .string()
      .default('<Response/>')
      .describe('TwiML that messages and calls are answered with. Default: do nothing.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ authToken, twiml }) => {
    const keys = hmacKeys(authToken)
    return {
      verify: (delivery) => verify(delivery, keys),
      parse,
      acknowledge: ({ headers }) =>
        isForm(headers)
          ? { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: twiml }
          : { status: 204 },
      seal: (draft) => (looksLikeForm(draft) ? draft : { ...draft, url: withBodyHash(draft) }),
      sign: (draft) => {
        const isHashed = new URL(draft.url).searchParams.has(BODY_HASH)
        const content = isHashed ? draft.url : draft.url + signedFields(textOf(draft.body))
        const mac = keys[0] && computeHmac('sha1', keys[0], [content])
        return {
          [HEADER.toLowerCase()]: mac?.toString('base64') ?? '',
          ...(isHashed ? {} : { 'content-type': FORM }),
        }
      },
    }
  },
})

function verify(delivery: Delivery, keys: ReturnType<typeof hmacKeys>): Verdict {
  const signature = delivery.headers[HEADER.toLowerCase()]
  if (signature === undefined) return refuse(`signature header ${HEADER} is missing`)
  const hash = delivery.query.get(BODY_HASH)
  if (hash === null && !isForm(delivery.headers)) {
    return refuse(`the body is no form, and the URL has no ${BODY_HASH}: nothing signs it`)
  }
  if (hash !== null && !bytesEqual(Buffer.from(hash), Buffer.from(hashOf(delivery.body)))) {
    return refuse(`the body does not match ${BODY_HASH}`)
  }
  const form = hash === null ? textOf(delivery.body) : ''
  if (hasTooManyFields(form)) return refuse(`the form has more than ${MAX_FORM_FIELDS} fields`)
  const fields = signedFields(form)
  const isSigned = urlsOf(delivery.url).some((url) =>
    verifyHmac({
      ...{ algorithm: 'sha1', encoding: 'base64', keys },
      content: [url, fields],
      signatures: [signature],
    }),
  )
  return isSigned ? { ok: true } : refuse('signature does not match any secret and the public URL')
}

/** Names and values in the order of the names; of a repeated name each value once, in order. */
function signedFields(body: string): string {
  return Object.entries(formFields(body))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([name, value]) =>
      [...new Set([value].flat())].toSorted().map((single) => name + single),
    )
    .join('')
}

/** Twilio signs some URLs with their port and some without, as written or as normalized. */
function urlsOf(written: string): readonly string[] {
  return [...new Set([written, new URL(written).href])].flatMap((url) => {
    const [, scheme = '', host = '', rest = ''] = /^(https?:)\/\/([^/?#]*)(.*)$/i.exec(url) ?? []
    const bare = host.replace(/:\d+$/, '')
    const port = /:(\d+)$/.exec(host)?.[1] ?? DEFAULT_PORTS[scheme === 'http:' ? scheme : 'https:']
    return [`${scheme}//${bare}${rest}`, `${scheme}//${bare}:${port}${rest}`]
  })
}

function parse(delivery: Delivery): readonly ParsedEvent[] {
  if (isForm(delivery.headers)) return [formEvent(delivery)]
  if (!isJsonType(mediaType(delivery.headers['content-type']))) {
    throw new HooklineError('content_type_unsupported', 'Twilio sends a form or JSON.')
  }
  const payload = delivery.json()
  const items: readonly unknown[] = Array.isArray(payload) ? payload : [payload]
  return items.map((item) => {
    if (!isJsonObject(item)) {
      throw new HooklineError('delivery_unparsable', 'The payload is not made of JSON objects.')
    }
    const { type: sent } = item
    const type = typeof sent === 'string' && isEventType(sent) ? sent : 'event'
    return {
      type,
      id: idText(item['id']),
      facts: factsOf(EVENTS, { type, payload: item }),
      payload: item,
    }
  })
}

function formEvent(delivery: Delivery): ParsedEvent {
  const payload: Fields = formFields(delivery.text())
  const kind = KINDS.find(({ ids }) => ids.some((id) => payload[id] !== undefined))
  const sid = kind && firstOf(...kind.ids)(payload)
  const status = kind && firstOf(...kind.status)(payload)
  const type = kind ? withAction(kind.type, status) : 'event'
  // A call has one id through all its steps, so only the token of the request tells a repeated one.
  const token = idText(delivery.headers['i-twilio-idempotency-token'])
  const id = kind?.type === 'message' ? `${sid}:${status}` : token
  return { type, id, facts: factsOf(EVENTS, { type, payload }), payload }
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

// Bytes that are no UTF-8 are signed as they are read: with replacement characters.
function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString()
}

function hashOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

function refuse(reason: string): Verdict {
  return { ok: false, reason }
}
