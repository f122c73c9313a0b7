import { z } from 'zod'
import {
  catalogOf,
  checkedType,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  factsOf,
  hmacSignature,
  idText,
  jsonObject,
  type ParsedEvent,
  secrets,
} from '../../core/index.ts'

const TICKET_FACTS: FactTable = {
  ticket: fact('string', 'Id of the ticket', 'detail.id'),
  title: fact('string', 'Its subject', 'detail.subject'),
  status: fact('string', '`NEW`, `OPEN`, `PENDING`, `SOLVED`, …', 'detail.status'),
  priority: fact('string', '`LOW`, `NORMAL`, `HIGH` or `URGENT`', 'detail.priority'),
  assignee: fact('string', 'Id of the agent', 'detail.assignee_id'),
  requester: fact('string', 'Id of who asked', 'detail.requester_id'),
  group: fact('string', 'Id of the group', 'detail.group_id'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Zendesk.',
    facts: {
      account: fact('number', 'Id of the account', 'account_id'),
      subject: fact('string', 'What it is about, `zen:ticket:42`', 'subject'),
      time: fact('string', 'When, in ISO 8601', 'time'),
      webhook: fact('string', 'Id of the webhook', { header: 'X-Zendesk-Webhook-Id' }),
    },
  },
  ...eventsWith(TICKET_FACTS, {
    ticket: 'Something about a ticket.',
    'ticket.created': 'A ticket was made.',
    'ticket.status_changed': 'The status of a ticket changed.',
    'ticket.priority_changed': 'The priority of a ticket changed.',
    'ticket.comment_added': 'A comment was added to a ticket.',
    'ticket.agent_assignment_changed': 'A ticket was assigned to another agent.',
  }),
  ...eventsWith(
    {},
    {
      user: 'A user was made, changed or deleted.',
      organization: 'An organization was made, changed or deleted.',
      article: 'Something about an article of the help center.',
      trigger: 'A trigger or an automation; its JSON is what was written there.',
    },
  ),
}

const EVENT_PREFIX = 'zen:event-type:'

/** Webhooks of Zendesk, of events and of triggers. */
export const zendesk = defineSource({
  name: 'zendesk',
  summary: 'Webhooks of Zendesk, of events and of triggers.',
  documentation: 'https://developer.zendesk.com/documentation/webhooks/verifying/',
  options: z.object({ secret: secrets().describe('The signing secret of the webhook.') }),
  events: catalogOf(EVENTS),
  create: ({ secret }, { clock }) => {
    const signature = hmacSignature(
      {
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
      { secrets: secret, clock },
    )
    return {
      verify: signature.verify,
      parse: (delivery) => [parse(delivery)],
      sign: (draft) => ({
        'x-zendesk-webhook-invocation-id': draft.id,
        ...signature.sign(draft),
      }),
    }
  },
})

function parse(delivery: Delivery): ParsedEvent {
  const payload = jsonObject(delivery)
  const { type: given, id } = payload
  const isEvent = typeof given === 'string' && given.startsWith(EVENT_PREFIX)
  const type = isEvent
    ? checkedType(given.slice(EVENT_PREFIX.length), '`type` of the payload')
    : 'trigger'
  const invocation = delivery.headers['x-zendesk-webhook-invocation-id'] ?? null
  return {
    ...{ type, payload, id: (isEvent ? idText(id) : null) ?? invocation },
    facts: factsOf(EVENTS, { type, payload, headers: delivery.headers }),
  }
}
