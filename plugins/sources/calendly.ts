import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  firstOf,
  secrets,
  signedSource,
} from '../../core/index.ts'

const INVITEE_FACTS: FactTable = {
  name: fact('string', 'Name of the invitee', 'payload.name'),
  email: fact('string', 'Mail address of the invitee', 'payload.email'),
  status: fact('string', '`active` or `canceled`', 'payload.status'),
  rescheduled: fact('boolean', 'Whether it is being moved', 'payload.rescheduled'),
  timezone: fact('string', 'Time zone of the invitee', 'payload.timezone'),
  event_uri: fact('string', 'URI of the meeting', 'payload.scheduled_event.uri'),
  event_name: fact('string', 'Name of the meeting', 'payload.scheduled_event.name'),
  start_time: fact('string', 'In ISO 8601', 'payload.scheduled_event.start_time'),
  end_time: fact('string', 'In ISO 8601', 'payload.scheduled_event.end_time'),
  cancel_reason: fact('string', 'Why it was cancelled', 'payload.cancellation.reason'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Calendly.',
    facts: {
      uri: fact('string', 'URI of what it is about', 'payload.uri'),
      sender: fact('string', 'URI of who made the webhook', 'created_by'),
      created_at: fact('string', 'When, in ISO 8601', 'created_at'),
    },
  },
  ...eventsWith(INVITEE_FACTS, {
    invitee: 'Something about an invitee.',
    'invitee.created': 'A meeting was booked.',
    'invitee.canceled': 'A meeting was cancelled.',
  }),
  invitee_no_show: {
    description: 'An invitee was marked as not having come, or no longer is.',
    facts: { invitee: fact('string', 'URI of the invitee', 'payload.invitee') },
  },
  routing_form_submission: {
    description: 'A routing form was submitted.',
    facts: {
      form: fact('string', 'URI of the form', 'payload.routing_form'),
      result: fact(
        'string',
        'Where the submitter was led',
        firstOf('payload.result.type', 'payload.result'),
      ),
    },
  },
}

/** Webhooks of Calendly. */
export const calendly = defineSource({
  name: 'calendly',
  summary: 'Webhooks of Calendly.',
  documentation: 'https://developer.calendly.com/api-docs/webhook-signatures',
  options: z.object({
    secret: secrets().describe('The signing key that the webhook subscription was made with.'),
  }),
  events: catalogOf(EVENTS),
  create: signedSource({
    signature: {
      header: 'Calendly-Webhook-Signature',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'v1=',
      separator: ',',
      timestamp: { prefix: 't=', unit: 's', toleranceSeconds: 180 },
      template: '{timestamp}.{body}',
    },
    events: EVENTS,
    type: { path: 'event' },
    // Each body holds the time of its event, and Calendly sends no id.
    id: 'body',
  }),
})
