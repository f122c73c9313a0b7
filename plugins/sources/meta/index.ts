import { hash } from 'node:crypto'
import { z } from 'zod'
import {
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  firstOf,
  type HmacScheme,
  HooklineError,
  hmacSignature,
  isJsonObject,
  type JsonObject,
  jsonObject,
  jsonObjects,
  OK,
  type SourceAnswer,
  type SourceEvent,
  secrets,
  tokenMatches,
  valueAt,
} from '../../../core/sdk/source.ts'

const SIGNATURE = {
  header: 'X-Hub-Signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
} as const satisfies HmacScheme

/** The list of an entry that names what changed, without values. */
const FIELD_NAMES = 'changed_fields'
/** Lists of an entry whose items are events. */
const LISTS = ['changes', 'messaging', 'standby', FIELD_NAMES] as const

// Keys of every item of `messaging`. The remaining key is the type.
const ENVELOPE = ['sender', 'recipient', 'timestamp']

const CHANGE = 'entry.0.changes.0.value'

/** Where a message of WhatsApp has its text. */
const TEXTS = [
  'text.body',
  'button.text',
  'interactive.button_reply.title',
  'interactive.list_reply.title',
  'image.caption',
  'video.caption',
  'document.caption',
] as const
const MESSAGING = firstPlace('entry.0.messaging.0', 'entry.0.standby.0')

const MESSENGER_FACTS: FactTable = {
  sender: ['string', 'Id of the sender', MESSAGING('sender.id')],
  recipient: ['string', 'Id of the recipient', MESSAGING('recipient.id')],
  text: ['string', 'Text of the message', MESSAGING('message.text')],
  message: ['string', 'Id of the message', MESSAGING('message.mid')],
  postback: ['string', 'Payload of the button pressed', MESSAGING('postback.payload')],
}

const EVENTS = {
  '*': {
    description: 'Every event of Meta: what it is about and the field that changed, `page.feed`.',
    facts: {
      object: ['string', '`page`, `instagram`, `whatsapp_business_account`, …', 'object'],
      field: ['string', 'What changed', 'entry.0.changes.0.field', 'entry.0.changed_fields.0'],
      entry: ['string', 'Id of the page, account or user', 'entry.0.id'],
    },
  },
  'whatsapp_business_account.messages': {
    description: 'A WhatsApp message came in, or the status of one sent changed.',
    facts: {
      phone_number: [
        'string',
        'Phone number that received it',
        `${CHANGE}.metadata.display_phone_number`,
      ],
      phone_number_id: ['string', 'Id of that number', `${CHANGE}.metadata.phone_number_id`],
      sender: ['string', 'Phone number of the sender', `${CHANGE}.messages.0.from`],
      sender_name: ['string', 'Name of the sender', `${CHANGE}.contacts.0.profile.name`],
      text: [
        'string',
        'Text of the message, or of the button or the media in it',
        firstOf(...TEXTS.map((path) => `${CHANGE}.messages.0.${path}`)),
      ],
      message_type: ['string', '`text`, `image`, …', `${CHANGE}.messages.0.type`],
      message: [
        'string',
        'Id of the message',
        `${CHANGE}.messages.0.id`,
        `${CHANGE}.statuses.0.id`,
      ],
      status: ['string', '`sent`, `delivered`, `read`, `failed`', `${CHANGE}.statuses.0.status`],
    },
  },
  ...eventsWith(
    {
      item: ['string', '`post`, `comment`, `reaction`, …', `${CHANGE}.item`],
      action: ['string', '`add`, `edited`, `remove`', `${CHANGE}.verb`],
      message: ['string', 'Text', `${CHANGE}.message`],
    },
    { 'page.feed': 'Activity on a post or comment of a page.' },
  ),
  ...eventsWith(MESSENGER_FACTS, {
    'page.message': 'A message to a page, or one of its own.',
    'page.postback': 'A button was pressed in a conversation with a page.',
    'instagram.message': 'A message to an Instagram account, or one of its own.',
    'instagram.postback': 'A button was pressed in a conversation on Instagram.',
  }),
  ...eventsWith(
    { text: ['string', 'Text of the comment', `${CHANGE}.text`] },
    { 'instagram.comments': 'A comment on a post of an Instagram account.' },
  ),
} satisfies EventTable

/** Webhooks of a Meta app: WhatsApp, pages, Instagram and the rest. Each change is an event of its own. */
export const meta = defineSource({
  name: 'meta',
  summary: 'Webhooks of a Meta app: WhatsApp, Facebook pages, Instagram.',
  documentation: 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started',
  setup:
    'In the App Dashboard, under Webhooks, enter the URL as Callback URL, and the verify token. The app secret is under App settings > Basic.',
  generates: 'verifyToken',
  options: z.object({
    appSecret: secrets().describe('The secret of the app, which signs every delivery.'),
    verifyToken: secrets().describe('The verify token that the app uses to check the URL.'),
  }),
  events: EVENTS,
  signature: ({ appSecret }, { clock }) => hmacSignature(SIGNATURE, { secrets: appSecret, clock }),
  parse,
  sample: (event) => {
    const [object = '', field = ''] = event.split('.')
    return { object, entry: [{ id: '1', time: 1, changes: [{ field, value: {} }] }] }
  },
  answer: (delivery, { verifyToken }) => answer(delivery, verifyToken),
  acknowledge: () => OK,
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

function parse(delivery: Delivery): readonly SourceEvent[] {
  const payload = jsonObject(delivery)
  const { object } = payload
  if (typeof object !== 'string') {
    throw new HooklineError('delivery_unparsable', '`object` of the payload is not a text.')
  }
  const singles = jsonObjects(delivery, 'entry').flatMap((entry) => singlesOf(payload, entry))
  const [single] = singles
  // The only event of a delivery has the whole body as its payload.
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
    return items.flatMap(itemsOf).map((item) => {
      const sent = list === FIELD_NAMES ? item['field'] : item
      return {
        list,
        item,
        entry: rest,
        whole: { ...payload, entry: [{ ...rest, [list]: [sent] }] },
      }
    })
  })
}

/** The events of an item. A webhook without values names fields only. */
function itemsOf(item: unknown): readonly JsonObject[] {
  if (typeof item === 'string') return [{ field: item }]
  return isJsonObject(item) ? partsOfWhatsapp(item) : []
}

/** A change of WhatsApp as one change per message and status, each with the contact that it is of. */
function partsOfWhatsapp(item: JsonObject): readonly JsonObject[] {
  const { value } = item
  if (!isJsonObject(value)) return [item]
  const { messages = [], statuses = [], contacts = [], ...rest } = value
  const lists = [messages, statuses, contacts]
  const isOfWhatsapp = lists.every((list) => Array.isArray(list) && list.every(isJsonObject))
  if (!isOfWhatsapp) return [item]
  const [received, sent, people] = lists as readonly JsonObject[][]
  const parts = [
    ...(received ?? []).map((message) => ({
      list: 'messages',
      part: message,
      who: message['from'],
    })),
    ...(sent ?? []).map((status) => ({
      list: 'statuses',
      part: status,
      who: status['recipient_id'],
    })),
  ]
  if (parts.length < 2) return [item]
  return parts.map(({ list, part, who }) => {
    const own = people?.filter((contact) => contact['wa_id'] === who) ?? []
    return {
      ...item,
      value: { ...rest, ...(own.length > 0 && { contacts: own }), [list]: [part] },
    }
  })
}

function eventOf(object: string, { list, item, entry, whole }: Single): SourceEvent {
  const isChange = list === 'changes' || list === FIELD_NAMES
  const kind = isChange ? item['field'] : Object.keys(item).find((name) => !ENVELOPE.includes(name))
  // Few items have an id. A repetition of any other has exactly the same content.
  const id = idOf(item) ?? `sha256:${hash('sha256', JSON.stringify([object, entry, item]))}`
  return { type: `${object}.${kind}`, id, payload: whole }
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
