import { z } from 'zod'
import {
  bodyId,
  contentIds,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  type HmacScheme,
  hmac,
  isJsonObject,
  type JsonObject,
  jsonAnswer,
  jsonObject,
  OK,
  type SourceEvent,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'

const POST_FACTS: FactTable = {
  post: ['string', 'Id of the post', 'tweet_create_events.0.id_str', 'data.id', 'data.payload.id'],
  text: [
    'string',
    'Its text',
    'tweet_create_events.0.extended_tweet.full_text',
    'tweet_create_events.0.text',
    'data.text',
    'data.payload.text',
  ],
  sender: [
    'string',
    'Username of the author',
    'tweet_create_events.0.user.screen_name',
    (body) => usernameOf(valueAt(body, 'data.author_id'), valueAt(body, 'includes.users')),
    (body) =>
      usernameOf(valueAt(body, 'data.payload.author_id'), valueAt(body, 'data.includes.users')),
  ],
  rule: ['string', 'Tag of the rule that it matched', 'matching_rules.0.tag', 'data.tag'],
}

const EVENTS = {
  '*': {
    description: 'Every event of X.',
    facts: {
      user: ['string', 'Id of the account it is for', 'for_user_id', 'data.filter.user_id'],
    },
  },
  ...eventsWith(POST_FACTS, {
    tweet_create: 'A post by the account, or one that mentions it.',
    filtered_stream: 'A post that matches a rule of a filtered stream.',
    post: 'A post, by the Activity API.',
  }),
  direct_message: {
    description: 'A direct message.',
    facts: {
      text: ['string', 'Its text', 'direct_message_events.0.message_create.message_data.text'],
      sender: ['string', 'Id of its author', 'direct_message_events.0.message_create.sender_id'],
    },
  },
  favorite: 'A post was liked.',
  follow: 'Somebody followed.',
  block: 'Somebody was blocked.',
  mute: 'Somebody was muted.',
  tweet_delete: 'A post was deleted.',
  user_event: 'An account revoked its authorization.',
  profile: 'A profile changed, by the Activity API.',
} satisfies EventTable

const SIGNATURE: HmacScheme = {
  header: 'x-twitter-webhooks-signature',
  algorithm: 'sha256',
  encoding: 'base64',
  prefix: 'sha256=',
}

/** Keys that describe the whole delivery and are not events. */
const BESIDE = [
  'for_user_id',
  'users',
  'apps',
  'user_has_blocked',
  'is_blocked_by',
  'source',
  'target',
]
const LIST_SUFFIX = '_events'
/**
 * The answer to a challenge is the signature that a delivery with the same text would have. So only a text that cannot
 * be a delivery is answered: JSON has braces.
 */
const CHALLENGE = /^[\w+/=.~ -]{1,256}$/

/** Webhooks of X (Twitter): account activity, the Activity API and filtered streams. */
export const x = defineSource({
  name: 'x',
  summary: 'Webhooks of X (Twitter).',
  documentation: 'https://docs.x.com/x-api/webhooks/quickstart',
  setup:
    'Register the URL with POST /2/webhooks of the API. The secret is the consumer secret of the app, under Keys and tokens.',
  options: z.object({
    secret: secrets().describe(
      'The consumer secret of the app. With several, the first answers the CRC.',
    ),
  }),
  events: EVENTS,
  signature: SIGNATURE,
  parse,
  sample: (event, { data }) =>
    event === 'filtered_stream'
      ? { data: Object(data) }
      : { for_user_id: '1', [event + LIST_SUFFIX]: [{ id_str: '1' }] },
  // The challenge-response check (CRC): every hour X checks that the receiver knows the secret.
  answer: ({ method, query }, { secret }) => {
    const token = query.get('crc_token')
    if (method !== 'GET' || token === null || !CHALLENGE.test(token)) return undefined
    return jsonAnswer({ response_token: `sha256=${hmac(SIGNATURE, secret).sign([token])}` })
  },
  acknowledge: () => OK,
})

function parse(delivery: Delivery): readonly SourceEvent[] {
  const body = jsonObject(delivery)
  const id = bodyId(delivery.body)
  const { data } = body
  if (isJsonObject(data)) {
    const { event_type: type = 'filtered_stream' } = data
    return [{ type, id: data['event_uuid'] || data['id'] || id, payload: body }]
  }
  return Object.entries(body)
    .filter(([key]) => !BESIDE.includes(key))
    .flatMap((list) => ofAccount(body, list))
}

/** The id that X gave to an entry, such as a post. Any other entry contains its time. */
function ownId(entry: unknown): unknown {
  return isJsonObject(entry) ? (entry['id_str'] ?? entry['id']) : undefined
}

/** One event per entry of a list. Its payload is the body with only that entry. */
function ofAccount(
  body: JsonObject,
  [key, value]: readonly [string, unknown],
): readonly SourceEvent[] {
  const type = key.endsWith(LIST_SUFFIX) ? key.slice(0, -LIST_SUFFIX.length) : key
  const beside = Object.entries(body).filter(([other]) => BESIDE.includes(other))
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  const entries = Array.isArray(value) ? values.map((entry) => [entry]) : values
  const account = body['for_user_id']
  const ids = contentIds(values.map((entry) => [account, key, entry]))
  return entries.map((entry, index) => {
    const payload =
      entries.length === 1 && beside.length + 1 === Object.keys(body).length
        ? body
        : Object.fromEntries([...beside, [key, entry]])
    const own = ownId(values[index])
    return { type, payload, id: own === undefined ? ids[index] : `${account}:${key}:${own}` }
  })
}

function usernameOf(id: unknown, users: unknown): unknown {
  if (id === undefined || !Array.isArray(users)) return null
  return users.filter(isJsonObject).find((user) => user['id'] === id)?.['username']
}
