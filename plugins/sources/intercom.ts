import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  eventsWith,
  fact,
  OK,
  secrets,
  signedSource,
} from '../../core/index.ts'

const EVENTS: EventTable = {
  '*': {
    description: 'Every topic of Intercom.',
    facts: {
      workspace: fact('string', 'Id of the workspace', 'app_id'),
      item_type: fact('string', '`conversation`, `contact`, `ticket`, …', 'data.item.type'),
      item_id: fact('string', 'Id of what it is about', 'data.item.id'),
      created_at: fact('number', 'When, in seconds since the epoch', 'created_at'),
    },
  },
  ...eventsWith(
    {
      state: fact('string', '`open`, `closed` or `snoozed`', 'data.item.state'),
      priority: fact('string', '`priority` or `not_priority`', 'data.item.priority'),
      subject: fact('string', 'Subject of the first message', 'data.item.source.subject'),
      sender: fact('string', 'Mail address of its author', 'data.item.source.author.email'),
      assignee: fact('number', 'Id of the admin it is assigned to', 'data.item.admin_assignee_id'),
    },
    {
      conversation: 'Something about a conversation.',
      'conversation.user.created': 'A user began a conversation.',
      'conversation.user.replied': 'A user replied.',
      'conversation.admin.replied': 'A teammate replied.',
      'conversation.admin.assigned': 'A conversation was assigned.',
      'conversation.admin.closed': 'A conversation was closed.',
    },
  ),
  ...eventsWith(
    {
      email: fact('string', 'Mail address', 'data.item.email'),
      name: fact('string', 'Name', 'data.item.name'),
    },
    {
      contact: 'Something about a contact.',
      'contact.user.created': 'A user was made.',
      'contact.lead.created': 'A lead was made.',
    },
  ),
  ticket: { description: 'Something about a ticket.', facts: {} },
  company: { description: 'Something about a company.', facts: {} },
  ping: { description: 'The webhook was tested.', facts: {} },
}

const create = signedSource({
  // SHA-1 is the only one that Intercom offers; as a keyed hash it still holds.
  signature: { header: 'X-Hub-Signature', algorithm: 'sha1', encoding: 'hex', prefix: 'sha1=' },
  events: EVENTS,
  type: { path: 'topic' },
  id: { path: 'id' },
})

/** Webhooks of Intercom apps. */
export const intercom = defineSource({
  name: 'intercom',
  summary: 'Webhooks of Intercom apps.',
  documentation: 'https://developers.intercom.com/docs/webhooks/webhook-notifications',
  options: z.object({ secret: secrets().describe('The client secret of the app.') }),
  events: catalogOf(EVENTS),
  create: (options, context) => ({
    ...create(options, context),
    // Asked when the URL is entered.
    answer: ({ method }) => (method === 'HEAD' ? OK : undefined),
  }),
})
