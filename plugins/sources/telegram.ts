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
  headerToken,
  idText,
  jsonObject,
  type ParsedEvent,
  secrets,
} from '../../core/index.ts'

const HEADER = 'X-Telegram-Bot-Api-Secret-Token'
const MESSAGES = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'business_message',
  'edited_business_message',
] as const
const OTHERS = [
  'callback_query',
  'my_chat_member',
  'chat_member',
  'chat_join_request',
  'inline_query',
] as const

const ofMessage = (path: string) => firstOf(...MESSAGES.map((kind) => `${kind}.${path}`))
const ofAny = (path: string) =>
  firstOf(...[...MESSAGES, ...OTHERS, 'callback_query.message'].map((kind) => `${kind}.${path}`))

const readText = ofMessage('text')
const MESSAGE_FACTS: FactTable = {
  text: fact('string', 'Text of the message', readText),
  command: fact('string', 'A command it begins with, without slash: `start`', (payload) => {
    const text = readText(payload)
    return typeof text === 'string' ? /^\/([A-Za-z0-9_]+)/.exec(text)?.[1] : null
  }),
  message_id: fact('number', 'Number of the message in its chat', ofMessage('message_id')),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every update of a bot.',
    facts: {
      chat: fact('number', 'Id of the chat', ofAny('chat.id')),
      chat_type: fact(
        'string',
        '`private`, `group`, `supergroup` or `channel`',
        ofAny('chat.type'),
      ),
      sender: fact('string', 'User name of who caused it', ofAny('from.username')),
      sender_id: fact('number', 'Id of who caused it', ofAny('from.id')),
    },
  },
  ...eventsWith(MESSAGE_FACTS, {
    message: 'A message arrived.',
    edited_message: 'A message was edited.',
    channel_post: 'A post in a channel.',
    edited_channel_post: 'A post in a channel was edited.',
    business_message: 'A message to a business account.',
    edited_business_message: 'A message to a business account was edited.',
  }),
  callback_query: {
    description: 'A button was pressed.',
    facts: { data: fact('string', 'Data of the button', 'callback_query.data') },
  },
  inline_query: {
    description: 'Somebody typed to the bot in another chat.',
    facts: { query: fact('string', 'What was typed', 'inline_query.query') },
  },
  ...eventsWith(
    {},
    {
      my_chat_member: 'The bot was added to a chat, or blocked.',
      chat_member: 'A member of a chat changed.',
      chat_join_request: 'Somebody asks to join a chat.',
    },
  ),
}

/** Updates of Telegram bots. */
export const telegram = defineSource({
  name: 'telegram',
  summary: 'Updates of Telegram bots.',
  documentation: 'https://core.telegram.org/bots/api#setwebhook',
  options: z.object({
    token: secrets().describe(
      'The `secret_token` that the webhook was set with; not the token of the bot.',
    ),
  }),
  events: catalogOf(EVENTS),
  secretHeaders: [HEADER],
  create: ({ token }) => {
    const way = headerToken({ header: HEADER, secrets: token })
    return { verify: way.verify, sign: way.sign, parse: (delivery) => [parse(delivery)] }
  },
})

/** An update is its number and one more key, which names what it is. */
function parse(delivery: Delivery): ParsedEvent {
  const payload = jsonObject(delivery)
  const kind = Object.keys(payload).find((key) => key !== 'update_id')
  const type = checkedType(kind, 'The kind of the update')
  const id = idText(payload['update_id'])
  return { type, id, facts: factsOf(EVENTS, { type, payload }), payload }
}
