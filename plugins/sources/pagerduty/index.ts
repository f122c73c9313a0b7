import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  secrets,
} from '../../../core/sdk/source.ts'

const INCIDENT_FACTS: FactTable = {
  number: ['number', 'Number of the incident', 'event.data.number'],
  title: ['string', 'Title of the incident', 'event.data.title', 'event.data.incident.summary'],
  status: ['string', '`triggered`, `acknowledged` or `resolved`', 'event.data.status'],
  urgency: ['string', '`high` or `low`', 'event.data.urgency'],
  priority: ['string', 'Name of the priority', 'event.data.priority.summary'],
  incident_key: [
    'string',
    'Key that deduplicates alerts of one incident',
    'event.data.incident_key',
  ],
  assignee: ['string', 'First assignee', 'event.data.assignees.0.summary'],
}

const EVENTS = {
  '*': {
    description: 'Every event of PagerDuty.',
    facts: {
      resource_type: ['string', '`incident`, `service`, …', 'event.resource_type'],
      // A note, a responder or a status update names its incident.
      resource_id: [
        'string',
        'Id of the object that the event is about',
        'event.data.incident.id',
        'event.data.id',
      ],
      occurred_at: ['string', 'Time, in ISO 8601', 'event.occurred_at'],
      sender: ['string', 'Who or what caused it', 'event.agent.summary'],
      service: ['string', 'Name of the service', 'event.data.service.summary', 'event.data.name'],
      url: ['string', 'URL of that object', 'event.data.incident.html_url', 'event.data.html_url'],
    },
  },
  ...eventsWith(INCIDENT_FACTS, {
    incident: 'Activity on an incident.',
    'incident.triggered': 'An incident started.',
    'incident.acknowledged': 'An incident was acknowledged.',
    'incident.unacknowledged': 'An acknowledgement expired.',
    'incident.escalated': 'An incident was escalated.',
    'incident.reassigned': 'An incident was reassigned.',
    'incident.reopened': 'An incident was opened again.',
    'incident.resolved': 'An incident was resolved.',
    'incident.priority_updated': 'The priority of an incident changed.',
  }),
  'incident.annotated': 'A note was added to an incident.',
  service: 'A service was created, changed or deleted.',
  'pagey.ping': 'The webhook was tested.',
} satisfies EventTable

/** Webhooks of PagerDuty, version 3. */
export const pagerduty = defineSource({
  name: 'pagerduty',
  summary: 'Webhooks (version 3) of PagerDuty.',
  documentation: 'https://docs.pagerduty.com/developer/verifying-webhook-signatures',
  setup:
    'Under Integrations > Generic Webhooks (v3) > New Webhook, enter the URL. Give the signing secret that is shown once to Hookline.',
  options: z.object({
    secret: secrets().describe('The signing secret of the webhook subscription.'),
  }),
  events: EVENTS,
  signature: {
    header: 'X-PagerDuty-Signature',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'v1=',
    separator: ',',
  },
  type: 'event.event_type',
  id: 'event.id',
})
