import { hash } from 'node:crypto'
import { z } from 'zod'
import {
  type Answer,
  catalogOf,
  checkedType,
  type Delivery,
  defineSource,
  type EventTable,
  ed25519Key,
  eventsWith,
  type FactTable,
  fact,
  factsOf,
  firstOf,
  HooklineError,
  idText,
  isJsonObject,
  type JsonObject,
  jsonObject,
  type ParsedEvent,
  publicKeySignature,
  type SignatureScheme,
  valueAt,
  withAction,
} from '../../core/index.ts'

const SIGNATURE = {
  header: 'X-Signature-Ed25519',
  encoding: 'hex',
  timestamp: { header: 'X-Signature-Timestamp', unit: 's', toleranceSeconds: 300 },
  template: '{timestamp}{body}',
} as const satisfies SignatureScheme

interface Interaction {
  readonly type: string
  /** Behind the type by a dot. */
  readonly name?: string
  readonly answer: object
}

// https://docs.discord.com/developers/interactions/receiving-and-responding
const INTERACTIONS: Readonly<Record<number, Interaction>> = {
  2: { type: 'APPLICATION_COMMAND', name: 'data.name', answer: { type: 5 } },
  3: { type: 'MESSAGE_COMPONENT', name: 'data.custom_id', answer: { type: 6 } },
  4: {
    type: 'APPLICATION_COMMAND_AUTOCOMPLETE',
    name: 'data.name',
    answer: { type: 8, data: { choices: [] } },
  },
  5: { type: 'MODAL_SUBMIT', name: 'data.custom_id', answer: { type: 5 } },
}

const INTERACTION_FACTS: FactTable = {
  command: fact('string', 'Name of the command', 'data.name'),
  custom_id: fact('string', 'Id that the app gave the component or modal', 'data.custom_id'),
  interaction_token: fact('string', 'For the answer that follows, within 15 minutes', 'token'),
  locale: fact('string', 'Language of the user', 'locale'),
}

const user = (field: string) =>
  firstOf(`member.user.${field}`, `user.${field}`, `event.data.user.${field}`)

const EVENTS: EventTable = {
  '*': {
    description: 'Every event and interaction of Discord.',
    facts: {
      application: fact('string', 'Id of the app', 'application_id'),
      user: fact('string', 'Name of the user', user('username')),
      user_id: fact(
        'string',
        'Id of the user',
        firstOf('member.user.id', 'user.id', 'event.data.user.id', 'event.data.user_id'),
      ),
      guild_id: fact('string', 'Id of the server', firstOf('guild_id', 'event.data.guild.id')),
      channel_id: fact(
        'string',
        'Id of the channel',
        firstOf('channel_id', 'event.data.channel_id'),
      ),
      time: fact('string', 'When it happened; null for interactions', 'event.timestamp'),
    },
  },
  ...eventsWith(INTERACTION_FACTS, {
    APPLICATION_COMMAND: 'A command; its name stands behind a dot.',
    MESSAGE_COMPONENT: 'A button or menu was used; its id stands behind a dot.',
    APPLICATION_COMMAND_AUTOCOMPLETE: 'Suggestions for a command were asked for; none are given.',
    MODAL_SUBMIT: 'A modal was sent off; its id stands behind a dot.',
  }),
  ...eventsWith(
    {},
    {
      APPLICATION_AUTHORIZED: 'The app was added to a server or an account.',
      APPLICATION_DEAUTHORIZED: 'The app was removed by a user.',
    },
  ),
  ...eventsWith(
    { sku: fact('string', 'Id of what was bought', 'event.data.sku_id') },
    {
      ENTITLEMENT_CREATE: 'Something was bought.',
      ENTITLEMENT_UPDATE: 'A purchase was changed.',
      ENTITLEMENT_DELETE: 'A purchase was taken back.',
    },
  ),
  QUEST_USER_ENROLLMENT: { description: 'A user took part in a quest.', facts: {} },
}

const publicKey = () => z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')

/**
 * Webhook events and interactions of a Discord app. An interaction is answered with a deferred response at once;
 * programs follow up with its token.
 */
export const discord = defineSource({
  name: 'discord',
  summary: 'Webhook events and interactions of a Discord app.',
  documentation: 'https://docs.discord.com/developers/events/webhook-events',
  options: z.object({
    publicKey: z
      .union([publicKey(), z.array(publicKey()).min(1)])
      .transform((value): readonly string[] => [value].flat())
      .describe('The public key of the app, in its general information.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ publicKey: publicKeys }, { clock }) => {
    const keys = publicKeys.map((text) => ed25519Key(text, 'hex'))
    const { verify } = publicKeySignature(SIGNATURE, { keys, digest: null, clock })
    return { verify, parse, acknowledge }
  },
})

function parse(delivery: Delivery): readonly ParsedEvent[] {
  const payload = jsonObject(delivery)
  const { type, event } = payload
  if (isJsonObject(event)) {
    // Events carry no id; each has its time, so that only a repeated one has the same bytes.
    return [
      eventOf(
        checkedType(event['type'], '`event.type`'),
        `sha256:${hash('sha256', delivery.body)}`,
        payload,
      ),
    ]
  }
  if (type === 0 || type === 1) return []
  const interaction = interactionOf(payload)
  if (!interaction)
    throw new HooklineError('delivery_unparsable', '`type` of the payload is none of Discord.')
  const name = interaction.name && valueAt(payload, interaction.name)
  return [eventOf(withAction(interaction.type, name), idText(payload['id']), payload)]
}

function eventOf(type: string, id: string | null, payload: JsonObject): ParsedEvent {
  return { type, id, facts: factsOf(EVENTS, { type, payload }), payload }
}

function interactionOf({ type }: JsonObject): Interaction | undefined {
  return typeof type === 'number' ? INTERACTIONS[type] : undefined
}

function acknowledge(delivery: Delivery): Answer {
  const payload = jsonObject(delivery)
  const isPing = payload['type'] === 1 && payload['event'] === undefined
  const answer = isPing ? { type: 1 } : interactionOf(payload)?.answer
  // Webhook events, and the ping for their URL.
  if (answer === undefined) return { status: 204, headers: { 'content-type': 'application/json' } }
  const headers = { 'content-type': 'application/json' }
  return { status: 200, headers, body: JSON.stringify(answer) }
}
