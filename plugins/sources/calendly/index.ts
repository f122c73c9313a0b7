import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  secrets,
} from '../../../core/sdk/source.ts'

const INVITEE_FACTS: FactTable = {
  name: ['string', 'Name of the invitee', 'payload.name'],
  email: ['string', 'Email address of the invitee', 'payload.email'],
  status: ['string', '`active` or `canceled`', 'payload.status'],
  rescheduled: ['boolean', 'Whether it was rescheduled', 'payload.rescheduled'],
  timezone: ['string', 'Time zone of the invitee', 'payload.timezone'],
  event_uri: ['string', 'URI of the meeting', 'payload.scheduled_event.uri'],
  event_name: ['string', 'Name of the meeting', 'payload.scheduled_event.name'],
  start_time: ['string', 'Time, in ISO 8601', 'payload.scheduled_event.start_time'],
  end_time: ['string', 'Time, in ISO 8601', 'payload.scheduled_event.end_time'],
  cancel_reason: ['string', 'Reason for the cancellation', 'payload.cancellation.reason'],
}

const EVENTS = {
  '*': {
    description: 'Every event of Calendly.',
    facts: {
      uri: ['string', 'URI of the object that the event is about', 'payload.uri'],
      sender: ['string', 'URI of the user who created the webhook', 'created_by'],
      created_at: ['string', 'Time, in ISO 8601', 'created_at'],
    },
  },
  ...eventsWith(INVITEE_FACTS, {
    invitee: 'Activity on an invitee.',
    'invitee.created': 'A meeting was booked.',
    'invitee.canceled': 'A meeting was cancelled.',
  }),
  invitee_no_show: {
    description: 'An invitee was marked or unmarked as a no-show.',
    facts: { invitee: ['string', 'URI of the invitee', 'payload.invitee'] },
  },
  routing_form_submission: {
    description: 'A routing form was submitted.',
    facts: {
      form: ['string', 'URI of the form', 'payload.routing_form'],
      result: [
        'string',
        'Where the submitter was directed',
        'payload.result.type',
        'payload.result',
      ],
    },
  },
} satisfies EventTable

/** Webhooks of Calendly. */
export const calendly = defineSource({
  name: 'calendly',
  summary: 'Webhooks of Calendly.',
  documentation: 'https://developer.calendly.com/api-docs/webhook-signatures',
  setup:
    "Create a subscription with POST /webhook_subscriptions of Calendly's API: the URL as `url`, and the secret as `signing_key`.",
  generates: 'secret',
  options: z.object({
    secret: secrets().describe('The signing key that the webhook subscription was created with.'),
  }),
  events: EVENTS,
  signature: {
    header: 'Calendly-Webhook-Signature',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'v1=',
    separator: ',',
    timestamp: { prefix: 't=', unit: 's', toleranceSeconds: 180 },
    template: '{timestamp}.{body}',
  },
  type: 'event',
  // Calendly sends no id, but each body contains the time of its event.
  id: { hash: 'body' },
})
