import { hash } from 'node:crypto'
import { z } from 'zod'
import {
  catalogOf,
  checkedType,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  factsOf,
  firstOf,
  type HmacScheme,
  HooklineError,
  hmacSignature,
  isJsonObject,
  type JsonObject,
  jsonObject,
  type ParsedEvent,
  type SourceAnswer,
  secrets,
  tokenMatches,
  valueAt,
} from '../../core/index.ts'

const SIGNATURE = {
  header: 'X-Hub-Signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
} as const satisfies HmacScheme

/** Lists of an entry whose items are events. */
const LISTS = ['changes', 'messaging', 'standby'] as const

// What every item of `messaging` has beside what it is about.
const ENVELOPE = ['sender', 'recipient', 'timestamp']

const CHANGE = 'entry.0.changes.0.value'
const MESSAGING = firstPlace('entry.0.messaging.0', 'entry.0.standby.0')

const MESSENGER_FACTS: FactTable = {
  sender: fact('string', 'Id of who wrote', MESSAGING('sender.id')),
  recipient: fact('string', 'Id of who was written to', MESSAGING('recipient.id')),
  text: fact('string', 'Text of the message', MESSAGING('message.text')),
  message: fact('string', 'Id of the message', MESSAGING('message.mid')),
  postback: fact('string', 'Payload of the button pressed', MESSAGING('postback.payload')),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Meta: what it is about and the field that changed, `page.feed`.',
    facts: {
      object: fact('string', '`page`, `instagram`, `whatsapp_business_account`, …', 'object'),
      field: fact('string', 'What changed', 'entry.0.changes.0.field'),
      entry: fact('string', 'Id of the page, account or user', 'entry.0.id'),
    },
  },
  'whatsapp_business_account.messages': {
    description: 'A WhatsApp message came in, or the status of one sent changed.',
    facts: {
      phone_number: fact(
        'string',
        'The number it came to',
        `${CHANGE}.metadata.display_phone_number`,
      ),
      phone_number_id: fact('string', 'Id of that number', `${CHANGE}.metadata.phone_number_id`),
      sender: fact('string', 'Number of who wrote', `${CHANGE}.messages.0.from`),
      sender_name: fact('string', 'Name of who wrote', `${CHANGE}.contacts.0.profile.name`),
      text: fact('string', 'Text of the message', `${CHANGE}.messages.0.text.body`),
      message_type: fact('string', '`text`, `image`, …', `${CHANGE}.messages.0.type`),
      message: fact(
        'string',
        'Id of the message',
        firstOf(`${CHANGE}.messages.0.id`, `${CHANGE}.statuses.0.id`),
      ),
      status: fact(
        'string',
        '`sent`, `delivered`, `read`, `failed`',
        `${CHANGE}.statuses.0.status`,
      ),
    },
  },
  ...eventsWith(
    {
      item: fact('string', '`post`, `comment`, `reaction`, …', `${CHANGE}.item`),
      action: fact('string', '`add`, `edited`, `remove`', `${CHANGE}.verb`),
      message: fact('string', 'Text', `${CHANGE}.message`),
    },
    { 'page.feed': 'Something about a post or comment of a page.' },
  ),
  ...eventsWith(MESSENGER_FACTS, {
    'page.message': 'A message to a page, or one of its own.',
    'page.postback': 'A button was pressed in a conversation with a page.',
    'instagram.message': 'A message to an Instagram account, or one of its own.',
    'instagram.postback': 'A button was pressed in a conversation on Instagram.',
  }),
  ...eventsWith(
    { text: fact('string', 'Text of the comment', `${CHANGE}.text`) },
    { 'instagram.comments': 'A comment on a post of an Instagram account.' },
  ),
}

/** Webhooks of a Meta app: WhatsApp, pages, Instagram and the rest. Each change is an event of its own. */
export const meta = defineSource({
  name: 'meta',
  summary: 'Webhooks of a Meta app: WhatsApp, Facebook pages, Instagram.',
  documentation: 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started',
  options: z.object({
    appSecret: secrets().describe('The secret of the app: it signs every delivery.'),
    verifyToken: secrets().describe('The verify token given in the app, for the check of the URL.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ appSecret, verifyToken }, { clock }) => {
    const signature = hmacSignature(SIGNATURE, { secrets: appSecret, clock })
    return {
      verify: signature.verify,
      parse,
      answer: (delivery) => answer(delivery, verifyToken),
      acknowledge: () => ({ status: 200 }),
      sign: signature.sign,
    }
  },
})

function answer({ method, query }: Delivery, tokens: readonly string[]): SourceAnswer {
  const challenge = query.get('hub.challenge')
  if (method !== 'GET' || challenge === null) return undefined
  if (
    query.get('hub.mode') !== 'subscribe' ||
    !tokenMatches(query.get('hub.verify_token') ?? '', tokens)
  ) {
    return { ok: false, reason: 'the verify token of the check does not match' }
  }
  const headers = { 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' }
  return { status: 200, headers, body: challenge }
}

function parse(delivery: Delivery): readonly ParsedEvent[] {
  const payload = jsonObject(delivery)
  const object = checkedType(payload['object'], '`object` of the payload')
  const entries = payload['entry']
  if (!Array.isArray(entries) || !entries.every(isJsonObject)) {
    throw new HooklineError(
      'delivery_unparsable',
      '`entry` of the payload is not a list of objects.',
    )
  }
  const singles = entries.flatMap((entry) => singlesOf(payload, entry))
  const [single] = singles
  // Alone in its delivery, an event has the very bytes for its payload.
  if (single && singles.length === 1) return [eventOf(object, { ...single, whole: payload })]
  return singles.map((each) => eventOf(object, each))
}

interface Single {
  readonly list: (typeof LISTS)[number]
  readonly item: JsonObject
  readonly entry: JsonObject
  /** The delivery as Meta would have sent it for this item alone. */
  readonly whole: JsonObject
}

function singlesOf(payload: JsonObject, entry: JsonObject): readonly Single[] {
  return LISTS.flatMap((list) => {
    const items: unknown = entry[list]
    if (!Array.isArray(items)) return []
    const rest = Object.fromEntries(
      Object.entries(entry).filter(([name]) => !(LISTS as readonly string[]).includes(name)),
    )
    return items.filter(isJsonObject).map((item) => {
      return {
        list,
        item,
        entry: rest,
        whole: { ...payload, entry: [{ ...rest, [list]: [item] }] },
      }
    })
  })
}

function eventOf(object: string, { list, item, entry, whole }: Single): ParsedEvent {
  const kind =
    list === 'changes' ? item['field'] : Object.keys(item).find((name) => !ENVELOPE.includes(name))
  const type = checkedType(`${object}.${kind}`, '`entry` of the payload')
  // Meta gives few things an id; what is sent again for the others is the same to the letter.
  const id = idOf(item) ?? `sha256:${hash('sha256', JSON.stringify([object, entry, item]))}`
  return { type, id, facts: factsOf(EVENTS, { type, payload: whole }), payload: whole }
}

function idOf(item: JsonObject): string | null {
  const mid = valueAt(item, 'message.mid')
  if (typeof mid === 'string' && mid !== '') return mid
  const messages = valueAt(item, 'value.messages')
  const statuses = valueAt(item, 'value.statuses')
  const [message, status] = [single(messages, statuses), single(statuses, messages)]
  if (typeof message?.['id'] === 'string' && message['id'] !== '') return message['id']
  return typeof status?.['id'] === 'string' ? `${status['id']}:${status['status']}` : null
}

function single(list: unknown, other: unknown): JsonObject | undefined {
  return other === undefined && Array.isArray(list) && list.length === 1 && isJsonObject(list[0])
    ? list[0]
    : undefined
}

function firstPlace(...places: readonly string[]) {
  return (path: string) => firstOf(...places.map((place) => `${place}.${path}`))
}
