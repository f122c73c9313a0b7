import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  eventReader,
  eventsWith,
  type FactTable,
  fact,
  factsOf,
  firstOf,
  type HmacScheme,
  hmacSignature,
  plainText,
  secrets,
  valueAt,
} from '../../core/index.ts'

const CHANNEL_FACTS: FactTable = {
  channel: fact('string', 'Login of the broadcaster', 'event.broadcaster_user_login'),
  channel_id: fact('string', 'Id of the broadcaster', 'event.broadcaster_user_id'),
  sender: fact(
    'string',
    'Login of who caused it',
    firstOf('event.user_login', 'event.chatter_user_login', 'event.from_broadcaster_user_login'),
  ),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every notification of EventSub.',
    facts: {
      subscription: fact('string', 'Id of the subscription', 'subscription.id'),
      subscription_type: fact('string', 'What was subscribed to', 'subscription.type'),
      status: fact('string', '`enabled`, or why it was revoked', 'subscription.status'),
    },
  },
  ...eventsWith(CHANNEL_FACTS, {
    channel: 'Something about a channel.',
    'channel.follow': 'A channel has a new follower.',
    'channel.subscribe': 'A channel has a new subscriber.',
    'channel.cheer': 'Somebody cheered.',
    'channel.raid': 'A channel was raided.',
    'channel.update': 'The title or category of a channel changed.',
    stream: 'Something about a stream.',
    'stream.online': 'A stream began.',
    'stream.offline': 'A stream ended.',
  }),
  revocation: { description: 'Twitch ended a subscription; `status` says why.', facts: {} },
}

const SIGNATURE: HmacScheme = {
  header: 'Twitch-Eventsub-Message-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
  timestamp: {
    header: 'Twitch-Eventsub-Message-Timestamp',
    unit: 'rfc3339',
    toleranceSeconds: 600,
  },
  idHeader: 'Twitch-Eventsub-Message-Id',
  template: '{id}{timestamp}{body}',
}

const readEvents = eventReader({
  events: EVENTS,
  type: { path: 'subscription.type' },
  id: { header: 'Twitch-Eventsub-Message-Id' },
})

/** Webhooks of Twitch EventSub. */
export const twitch = defineSource({
  name: 'twitch',
  summary: 'Webhooks of Twitch EventSub.',
  documentation: 'https://dev.twitch.tv/docs/eventsub/handling-webhook-events/',
  options: z.object({
    secret: secrets().describe('The secret that the subscriptions were made with.'),
  }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const signature = hmacSignature(SIGNATURE, { secrets: secret, clock })
    return {
      verify: signature.verify,
      sign: (draft) => ({
        'twitch-eventsub-message-type': 'notification',
        'twitch-eventsub-subscription-type': draft.event,
        ...signature.sign(draft),
      }),
      // A header says which kind of message it is, but only the body is signed.
      parse: (delivery) => {
        if (challengeOf(delivery.json()) !== null) return []
        const events = readEvents(delivery)
        const status = valueAt(delivery.json(), 'subscription.status')
        if (status === undefined || status === 'enabled') return events
        return events.map(({ id, payload }) => ({
          ...{ id, payload, type: 'revocation' },
          facts: factsOf(EVENTS, { type: 'revocation', payload }),
        }))
      },
      acknowledge: (delivery) => {
        const challenge = challengeOf(delivery.json())
        return challenge === null ? undefined : plainText(challenge)
      },
    }
  },
})

function challengeOf(payload: unknown): string | null {
  const challenge = valueAt(payload, 'challenge')
  return typeof challenge === 'string' && valueAt(payload, 'event') === undefined ? challenge : null
}
