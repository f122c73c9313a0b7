import { z } from 'zod'
import {
  type Answer,
  bodyId,
  type Delivery,
  defineSource,
  type EventTable,
  ed25519Key,
  eventsWith,
  type FactTable,
  firstOf,
  HooklineError,
  isJsonObject,
  type JsonObject,
  jsonObject,
  publicKeySignature,
  type SignatureScheme,
  type SourceEvent,
  valueAt,
} from '../../../core/sdk/source.ts'

const SIGNATURE = {
  header: 'X-Signature-Ed25519',
  encoding: 'hex',
  timestamp: { header: 'X-Signature-Timestamp', unit: 's', toleranceSeconds: 300 },
  template: '{timestamp}{body}',
} as const satisfies SignatureScheme

interface Interaction {
  readonly type: string
  /** Path of the word that follows the type after a dot. */
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
  command: ['string', 'Name of the command', 'data.name'],
  custom_id: ['string', 'Custom id of the component or modal', 'data.custom_id'],
  interaction_token: ['string', 'Token for follow-up responses, valid for 15 minutes', 'token'],
  locale: ['string', 'Locale of the user', 'locale'],
}

const user = (field: string) =>
  firstOf(`member.user.${field}`, `user.${field}`, `event.data.user.${field}`)

const EVENTS = {
  '*': {
    description: 'Every event and interaction of Discord.',
    facts: {
      application: ['string', 'Id of the app', 'application_id'],
      user: ['string', 'Name of the user', user('username')],
      user_id: [
        'string',
        'Id of the user',
        'member.user.id',
        'user.id',
        'event.data.user.id',
        'event.data.user_id',
      ],
      guild_id: [
        'string',
        'Id of the server',
        'guild_id',
        'event.data.guild.id',
        'event.data.guild_id',
      ],
      channel_id: ['string', 'Id of the channel', 'channel_id', 'event.data.channel_id'],
      time: ['string', 'Time of the event; null for interactions', 'event.timestamp'],
    },
  },
  ...eventsWith(INTERACTION_FACTS, {
    APPLICATION_COMMAND: 'A command. Its name follows a dot.',
    MESSAGE_COMPONENT: 'A button or menu was used. Its id follows a dot.',
    APPLICATION_COMMAND_AUTOCOMPLETE:
      'Suggestions for a command were requested. The answer is an empty list.',
    MODAL_SUBMIT: 'A modal was submitted. Its id follows a dot.',
  }),
  APPLICATION_AUTHORIZED: 'The app was added to a server or an account.',
  APPLICATION_DEAUTHORIZED: 'The app was removed by a user.',
  ...eventsWith(
    { sku: ['string', 'Id of what was bought', 'event.data.sku_id'] },
    {
      ENTITLEMENT_CREATE: 'Something was bought.',
      ENTITLEMENT_UPDATE: 'A purchase was changed.',
      ENTITLEMENT_DELETE: 'A purchase was revoked.',
    },
  ),
  QUEST_USER_ENROLLMENT: 'A user took part in a quest.',
} satisfies EventTable

const publicKey = () => z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')

/**
 * Webhook events and interactions of a Discord app. An interaction is answered with a deferred response at once;
 * programs follow up with its token.
 */
export const discord = defineSource({
  name: 'discord',
  summary: 'Webhook events and interactions of a Discord app.',
  documentation: 'https://docs.discord.com/developers/events/webhook-events',
  setup:
    'In the Developer Portal, copy the public key of the app (General Information) to Hookline first. Then enter the URL under Webhooks > Endpoint URL.',
  options: z.object({
    publicKey: z
      .union([publicKey(), z.array(publicKey()).min(1)])
      .transform((value): readonly string[] => [value].flat())
      .describe('The public key of the app, in its general information.'),
  }),
  events: EVENTS,
  signature: ({ publicKey: publicKeys }, { clock }) => {
    const keys = publicKeys.map((text) => ed25519Key(text, 'hex'))
    return publicKeySignature(SIGNATURE, { keys, digest: null, clock })
  },
  parse,
  acknowledge,
})

function parse(delivery: Delivery): readonly SourceEvent[] {
  const payload = jsonObject(delivery)
  const { type, event } = payload
  if (isJsonObject(event)) {
    // Events have no id, but contain their time: only a repetition has the same bytes.
    return [{ type: event['type'], id: bodyId(delivery.body), payload }]
  }
  if (type === 0 || type === 1) return []
  const interaction = interactionOf(payload)
  if (!interaction)
    throw new HooklineError('delivery_unparsable', '`type` of the payload is none of Discord.')
  const action = interaction.name && valueAt(payload, interaction.name)
  return [{ type: interaction.type, action, id: payload['id'], payload }]
}

function interactionOf({ type }: JsonObject): Interaction | undefined {
  return typeof type === 'number' ? INTERACTIONS[type] : undefined
}

function acknowledge(delivery: Delivery): Answer {
  const payload = jsonObject(delivery)
  const isPing = payload['type'] === 1 && payload['event'] === undefined
  const answer = isPing ? { type: 1 } : interactionOf(payload)?.answer
  // For webhook events, and for the ping that checks their URL.
  if (answer === undefined) return { status: 204, headers: { 'content-type': 'application/json' } }
  const headers = { 'content-type': 'application/json' }
  return { status: 200, headers, body: JSON.stringify(answer) }
}
