import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  secrets,
} from '../../../core/sdk/source.ts'

const TICKET_FACTS: FactTable = {
  ticket: ['string', 'Id of the ticket', 'detail.id'],
  title: ['string', 'Its subject', 'detail.subject'],
  status: ['string', '`NEW`, `OPEN`, `PENDING`, `SOLVED`, …', 'detail.status'],
  priority: ['string', '`LOW`, `NORMAL`, `HIGH` or `URGENT`', 'detail.priority'],
  assignee: ['string', 'Id of the agent', 'detail.assignee_id'],
  requester: ['string', 'Id of the requester', 'detail.requester_id'],
  group: ['string', 'Id of the group', 'detail.group_id'],
}

const EVENTS = {
  '*': {
    description: 'Every event of Zendesk.',
    facts: {
      account: ['number', 'Id of the account', 'account_id'],
      subject: ['string', 'Subject of the event, `zen:ticket:42`', 'subject'],
      time: ['string', 'Time, in ISO 8601', 'time'],
      webhook: ['string', 'Id of the webhook', { header: 'X-Zendesk-Webhook-Id' }],
    },
  },
  ...eventsWith(TICKET_FACTS, {
    ticket: 'Activity on a ticket.',
    'ticket.created': 'A ticket was created.',
    'ticket.status_changed': 'The status of a ticket changed.',
    'ticket.priority_changed': 'The priority of a ticket changed.',
    'ticket.comment_added': 'A comment was added to a ticket.',
    'ticket.agent_assignment_changed': 'A ticket was assigned to another agent.',
  }),
  user: 'A user was created, changed or deleted.',
  organization: 'An organization was created, changed or deleted.',
  article: 'Activity on an article of the help center.',
  trigger: 'A trigger or an automation; its JSON is what was written there.',
} satisfies EventTable

const EVENT_PREFIX = 'zen:event-type:'
const INVOCATION = 'x-zendesk-webhook-invocation-id'

/** Webhooks of Zendesk, of events and of triggers. */
export const zendesk = defineSource({
  name: 'zendesk',
  summary: 'Webhooks of Zendesk, of events and of triggers.',
  documentation: 'https://developer.zendesk.com/documentation/webhooks/verifying/',
  setup:
    'In Admin Center, under Apps and integrations > Webhooks > Create webhook, enter the URL as Endpoint URL. Give its signing secret to Hookline.',
  options: z.object({ secret: secrets().describe('The signing secret of the webhook.') }),
  events: EVENTS,
  signature: {
    header: 'X-Zendesk-Webhook-Signature',
    algorithm: 'sha256',
    encoding: 'base64',
    timestamp: {
      header: 'X-Zendesk-Webhook-Signature-Timestamp',
      unit: 'rfc3339',
      toleranceSeconds: 300,
    },
    template: '{timestamp}{body}',
  },
  sample: (event, body) => (event === 'trigger' ? body : { ...body, type: EVENT_PREFIX + event }),
  type: ({ type }) => (isEvent(type) ? type.slice(EVENT_PREFIX.length) : 'trigger'),
  // The author of a trigger writes its whole payload, also `id`.
  id: ({ type, id }, headers) => (isEvent(type) && id) || headers[INVOCATION],
  headers: ({ id }) => ({ [INVOCATION]: id }),
})

function isEvent(type: unknown): type is string {
  return typeof type === 'string' && type.startsWith(EVENT_PREFIX)
}
