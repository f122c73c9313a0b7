import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  jsonObject,
  partsOf,
  plainText,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'

const ID_HEADER = 'Twitch-Eventsub-Message-Id'

const CHANNEL_FACTS: FactTable = {
  channel: [
    'string',
    'Login of the broadcaster',
    'event.broadcaster_user_login',
    'event.to_broadcaster_user_login',
  ],
  channel_id: [
    'string',
    'Id of the broadcaster',
    'event.broadcaster_user_id',
    'event.to_broadcaster_user_id',
  ],
  sender: [
    'string',
    'Login of the user who caused it',
    'event.user_login',
    'event.chatter_user_login',
    'event.from_broadcaster_user_login',
  ],
}

const EVENTS = {
  '*': {
    description: 'Every notification of EventSub.',
    facts: {
      subscription: ['string', 'Id of the subscription', 'subscription.id'],
      subscription_type: ['string', 'Type of the subscription', 'subscription.type'],
      status: ['string', '`enabled`, or the reason for the revocation', 'subscription.status'],
    },
  },
  ...eventsWith(CHANNEL_FACTS, {
    channel: 'Activity on a channel.',
    'channel.follow': 'A channel has a new follower.',
    'channel.subscribe': 'A channel has a new subscriber.',
    'channel.cheer': 'Somebody cheered.',
    'channel.raid': 'A channel was raided.',
    'channel.update': 'The title or category of a channel changed.',
    stream: 'Activity on a stream.',
    'stream.online': 'A stream started.',
    'stream.offline': 'A stream ended.',
  }),
  'drop.entitlement.grant': {
    description: 'A user got an entitlement for a Drop.',
    facts: {
      entitlement: ['string', 'Id of the entitlement', 'events.0.data.entitlement_id'],
      benefit: ['string', 'Id of the benefit', 'events.0.data.benefit_id'],
      campaign: ['string', 'Id of the campaign', 'events.0.data.campaign_id'],
      sender: ['string', 'Login of the user who got it', 'events.0.data.user_login'],
      sender_id: ['string', 'Id of that user', 'events.0.data.user_id'],
    },
  },
  revocation: 'Twitch ended a subscription; `status` says why.',
} satisfies EventTable

/** Webhooks of Twitch EventSub. */
export const twitch = defineSource({
  name: 'twitch',
  summary: 'Webhooks of Twitch EventSub.',
  documentation: 'https://dev.twitch.tv/docs/eventsub/handling-webhook-events/',
  setup:
    "Create a subscription with POST /eventsub/subscriptions of Twitch's API: the URL as `transport.callback`, and the secret as `transport.secret`.",
  generates: 'secret',
  options: z.object({
    secret: secrets().describe('The secret that the subscriptions were created with.'),
  }),
  events: EVENTS,
  signature: {
    header: 'Twitch-Eventsub-Message-Signature',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'sha256=',
    timestamp: {
      header: 'Twitch-Eventsub-Message-Timestamp',
      unit: 'rfc3339',
      toleranceSeconds: 600,
    },
    idHeader: ID_HEADER,
    template: '{id}{timestamp}{body}',
  },
  id: { header: ID_HEADER },
  // A header has the kind of message too, but only the body is signed.
  type: ({ subscription }) => {
    const status = valueAt(subscription, 'status')
    const isRevoked = status !== undefined && status !== 'enabled'
    return isRevoked ? 'revocation' : valueAt(subscription, 'type')
  },
  sample: (type, body) => ({
    ...body,
    subscription: { ...Object(body['subscription']), type, status: 'enabled' },
  }),
  headers: ({ event }) => ({
    'twitch-eventsub-message-type': 'notification',
    'twitch-eventsub-subscription-type': event,
  }),
  parse: (delivery) => {
    if (challengeOf(delivery.json()) !== null) return []
    return partsOf(jsonObject(delivery), 'events').map((payload) => ({
      payload,
      id: valueAt(payload, 'events.0.id') ?? delivery.headers[ID_HEADER.toLowerCase()],
    }))
  },
  acknowledge: (delivery) => {
    const challenge = challengeOf(delivery.json())
    return challenge === null ? undefined : plainText(challenge)
  },
})

function challengeOf(payload: unknown): string | null {
  const challenge = valueAt(payload, 'challenge')
  return typeof challenge === 'string' && valueAt(payload, 'event') === undefined ? challenge : null
}
