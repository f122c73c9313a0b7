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

const INCIDENT_FACTS: FactTable = {
  number: fact('number', 'Number of the incident', 'event.data.number'),
  title: fact('string', 'Title of the incident', 'event.data.title'),
  status: fact('string', '`triggered`, `acknowledged` or `resolved`', 'event.data.status'),
  urgency: fact('string', '`high` or `low`', 'event.data.urgency'),
  priority: fact('string', 'Name of the priority', 'event.data.priority.summary'),
  incident_key: fact('string', 'What alerts of one incident share', 'event.data.incident_key'),
  assignee: fact('string', 'Who it is assigned to first', 'event.data.assignees.0.summary'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of PagerDuty.',
    facts: {
      resource_type: fact('string', '`incident`, `service`, …', 'event.resource_type'),
      resource_id: fact('string', 'Id of what it is about', 'event.data.id'),
      occurred_at: fact('string', 'When, in ISO 8601', 'event.occurred_at'),
      sender: fact('string', 'Who or what caused it', 'event.agent.summary'),
      service: fact(
        'string',
        'Name of the service',
        firstOf('event.data.service.summary', 'event.data.name'),
      ),
      url: fact('string', 'Page of what it is about', 'event.data.html_url'),
    },
  },
  ...eventsWith(INCIDENT_FACTS, {
    incident: 'Something about an incident.',
    'incident.triggered': 'An incident began.',
    'incident.acknowledged': 'An incident was acknowledged.',
    'incident.unacknowledged': 'An acknowledgement ran out.',
    'incident.escalated': 'An incident was escalated.',
    'incident.reassigned': 'An incident was assigned to another.',
    'incident.reopened': 'An incident was opened again.',
    'incident.resolved': 'An incident was resolved.',
    'incident.priority_updated': 'The priority of an incident changed.',
  }),
  'incident.annotated': { description: 'A note was added to an incident.', facts: {} },
  service: { description: 'A service was made, changed or deleted.', facts: {} },
  'pagey.ping': { description: 'The webhook was tested.', facts: {} },
}

/** Webhooks of PagerDuty, version 3. */
export const pagerduty = defineSource({
  name: 'pagerduty',
  summary: 'Webhooks (version 3) of PagerDuty.',
  documentation: 'https://docs.pagerduty.com/developer/verifying-webhook-signatures',
  options: z.object({
    secret: secrets().describe('The signing secret of the webhook subscription.'),
  }),
  events: catalogOf(EVENTS),
  create: signedSource({
    signature: {
      header: 'X-PagerDuty-Signature',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'v1=',
      separator: ',',
    },
    events: EVENTS,
    type: { path: 'event.event_type' },
    id: { path: 'event.id' },
  }),
})
