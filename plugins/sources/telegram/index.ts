import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  firstOf,
  headerToken,
  type JsonObject,
  secrets,
  type ValueReader,
  valueAt,
} from '../../../core/sdk/source.ts'
import { telegramRegister, telegramRegistrar } from './register.ts'

const HEADER = 'X-Telegram-Bot-Api-Secret-Token'
const MESSAGES = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'business_message',
  'edited_business_message',
] as const

const ofMessage = (path: string) => firstOf(...MESSAGES.map((kind) => `${kind}.${path}`))
/** A value of the update, whatever its kind is. */
const ofAny =
  (path: string): ValueReader =>
  (update) =>
    valueAt(update, `${kindOf(update)}.${path}`)

const readText = firstOf(ofMessage('text'), ofMessage('caption'))
const MESSAGE_FACTS: FactTable = {
  text: ['string', 'Text of the message, or of its media', readText],
  command: [
    'string',
    'Command at its beginning, without the slash: `start`',
    (payload, headers) => {
      const text = readText(payload, headers)
      return typeof text === 'string' ? /^\/([A-Za-z0-9_]+)/.exec(text)?.[1] : null
    },
  ],
  message_id: ['number', 'Number of the message in its chat', ofMessage('message_id')],
}

const EVENTS = {
  '*': {
    description: 'Every update of a bot.',
    facts: {
      chat: ['number', 'Id of the chat', ofAny('chat.id'), ofAny('message.chat.id')],
      chat_type: [
        'string',
        '`private`, `group`, `supergroup` or `channel`',
        ofAny('chat.type'),
        ofAny('message.chat.type'),
      ],
      sender: [
        'string',
        'Username of the user who caused it',
        ofAny('from.username'),
        ofAny('user.username'),
      ],
      sender_id: ['number', 'Id of the user who caused it', ofAny('from.id'), ofAny('user.id')],
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
    facts: { data: ['string', 'Data of the button', 'callback_query.data'] },
  },
  inline_query: {
    description: 'Somebody typed an inline query to the bot.',
    facts: { query: ['string', 'What was typed', 'inline_query.query'] },
  },
  my_chat_member: 'The bot was added to a chat, or blocked.',
  chat_member: 'A member of a chat changed.',
  chat_join_request: 'Somebody asked to join a chat.',
} satisfies EventTable

/** Updates of Telegram bots. */
export const telegram = defineSource({
  name: 'telegram',
  summary: 'Updates of Telegram bots.',
  documentation: 'https://core.telegram.org/bots/api#setwebhook',
  setup: 'Call setWebhook of the Bot API: the URL as `url`, and the token as `secret_token`.',
  generates: 'token',
  options: z.object({
    token: secrets().describe(
      'The `secret_token` that the webhook was set with; not the token of the bot.',
    ),
    register: telegramRegister,
  }),
  events: EVENTS,
  secretHeaders: [HEADER],
  register: ({ register, token: [first = ''] }, { clock }) =>
    register && telegramRegistrar(register, first, clock),
  signature: ({ token }) => headerToken({ header: HEADER, secrets: token }),
  // An update has its number and one other key, which is the type.
  type: kindOf,
  sample: (event, update) => ({ update_id: 1, [event]: update[event] ?? {} }),
  id: 'update_id',
})

function kindOf(update: JsonObject): string | undefined {
  return Object.keys(update).find((key) => key !== 'update_id')
}
