import { createHmac } from 'node:crypto'
import { z } from 'zod'
import {
  bodyId,
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
  hmacSignature,
  idText,
  isJsonObject,
  type JsonObject,
  jsonAnswer,
  jsonObject,
  OK,
  type ParsedEvent,
  secrets,
  valueAt,
} from '../../core/index.ts'

const POST_FACTS: FactTable = {
  post: fact('string', 'Id of the post', firstOf('tweet_create_events.0.id_str', 'data.id')),
  text: fact('string', 'Its text', firstOf('tweet_create_events.0.text', 'data.text')),
  sender: fact('string', 'User name of its author', 'tweet_create_events.0.user.screen_name'),
  rule: fact('string', 'Tag of the rule that it matched', 'matching_rules.0.tag'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of X.',
    facts: {
      user: fact(
        'string',
        'Id of the account it is for',
        firstOf('for_user_id', 'data.filter.user_id'),
      ),
    },
  },
  ...eventsWith(POST_FACTS, {
    tweet_create: 'A post of the account, or one that mentions it.',
    filtered_stream: 'A post that matches a rule of a filtered stream.',
  }),
  direct_message: {
    description: 'A direct message.',
    facts: {
      text: fact('string', 'Its text', 'direct_message_events.0.message_create.message_data.text'),
      sender: fact(
        'string',
        'Id of its author',
        'direct_message_events.0.message_create.sender_id',
      ),
    },
  },
  ...eventsWith(
    {},
    {
      favorite: 'A post was liked.',
      follow: 'Somebody followed.',
      block: 'Somebody was blocked.',
      mute: 'Somebody was muted.',
      tweet_delete: 'A post was deleted.',
      user_event: 'An account took back its authorization.',
      post: 'A post, by the Activity API.',
      profile: 'A profile changed, by the Activity API.',
    },
  ),
}

const SIGNATURE: HmacScheme = {
  header: 'x-twitter-webhooks-signature',
  algorithm: 'sha256',
  encoding: 'base64',
  prefix: 'sha256=',
}
/** Keys that say something of the whole delivery, and are no event. */
const BESIDE = ['for_user_id', 'users', 'apps', 'user_has_blocked', 'source', 'target']
const LIST_SUFFIX = '_events'
/**
 * A challenge is answered with the signature that a delivery of the same text would have. So none is answered that
 * could be a delivery: JSON has braces.
 */
const CHALLENGE = /^[\w+/=.~ -]{1,256}$/

/** Webhooks of X (Twitter): account activity, the Activity API and filtered streams. */
export const x = defineSource({
  name: 'x',
  summary: 'Webhooks of X (Twitter).',
  documentation: 'https://docs.x.com/x-api/webhooks/quickstart',
  options: z.object({
    secret: secrets().describe(
      'The consumer secret of the app; of several, the first answers the CRC.',
    ),
  }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const signature = hmacSignature(SIGNATURE, { secrets: secret, clock })
    return {
      verify: signature.verify,
      sign: signature.sign,
      parse: (delivery) => parse(delivery),
      // The challenge-response check (CRC): X asks by itself every hour whether the URL knows the secret.
      answer: ({ method, query }) => {
        const token = query.get('crc_token')
        if (method !== 'GET' || token === null || !CHALLENGE.test(token)) return undefined
        const mac = createHmac('sha256', secret[0] ?? '')
          .update(token)
          .digest('base64')
        return jsonAnswer({ response_token: `sha256=${mac}` })
      },
      acknowledge: () => OK,
    }
  },
})

function parse(delivery: Delivery): readonly ParsedEvent[] {
  const body = jsonObject(delivery)
  if (isJsonObject(body['data'])) return [ofActivity(delivery, body)]
  const id = bodyId(delivery.body)
  return Object.entries(body)
    .filter(([key]) => !BESIDE.includes(key))
    .flatMap(([key, value]) => ofAccount(id, body, [key, value]))
}

function ofActivity(delivery: Delivery, payload: JsonObject): ParsedEvent {
  const named = valueAt(payload, 'data.event_type')
  const type = named === undefined ? 'filtered_stream' : checkedType(named, '`event_type`')
  const id = valueAt(payload, 'data.event_uuid') ?? valueAt(payload, 'data.id')
  return {
    ...{ type, payload, facts: factsOf(EVENTS, { type, payload }) },
    id: idText(id) ?? bodyId(delivery.body),
  }
}

/** One event per entry of a list; its payload is the body as if it had that entry alone. */
function ofAccount(
  deliveryId: string,
  body: JsonObject,
  [key, value]: readonly [string, unknown],
): readonly ParsedEvent[] {
  const name = key.endsWith(LIST_SUFFIX) ? key.slice(0, -LIST_SUFFIX.length) : key
  const type = checkedType(name, 'A key of the payload')
  const beside = Object.entries(body).filter(([other]) => BESIDE.includes(other))
  const entries = Array.isArray(value) ? value.map((entry: unknown) => [entry]) : [value]
  return entries.map((entry, index) => {
    const payload =
      entries.length === 1 && beside.length + 1 === Object.keys(body).length
        ? body
        : Object.fromEntries([...beside, [key, entry]])
    const facts = factsOf(EVENTS, { type, payload })
    return { type, payload, facts, id: `${deliveryId}:${key}:${index}` }
  })
}
