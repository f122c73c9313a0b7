import { z } from 'zod'
import { defineSource, type EventTable, eventsWith, OK, secrets } from '../../../core/sdk/source.ts'

const EVENTS = {
  '*': {
    description: 'Every topic of Intercom.',
    facts: {
      workspace: ['string', 'Id of the workspace', 'app_id'],
      item_type: ['string', '`conversation`, `contact`, `ticket`, …', 'data.item.type'],
      item_id: [
        'string',
        'Id of the object that the event is about',
        'data.item.id',
        'data.item.contact.id',
      ],
      created_at: ['number', 'Time, in seconds since the epoch', 'created_at'],
    },
  },
  ...eventsWith(
    {
      state: ['string', '`open`, `closed` or `snoozed`', 'data.item.state'],
      priority: ['string', '`priority` or `not_priority`', 'data.item.priority'],
      subject: ['string', 'Subject of the first message', 'data.item.source.subject'],
      sender: ['string', 'Email address of its author', 'data.item.source.author.email'],
      assignee: ['number', 'Id of the admin it is assigned to', 'data.item.admin_assignee_id'],
    },
    {
      conversation: 'Activity on a conversation.',
      'conversation.user.created': 'A user started a conversation.',
      'conversation.user.replied': 'A user replied.',
      'conversation.admin.replied': 'A teammate replied.',
      'conversation.admin.assigned': 'A conversation was assigned.',
      'conversation.admin.closed': 'A conversation was closed.',
    },
  ),
  ...eventsWith(
    {
      email: ['string', 'Email address', 'data.item.email', 'data.item.contact.email'],
      name: ['string', 'Name', 'data.item.name', 'data.item.contact.name'],
    },
    {
      contact: 'Activity on a contact.',
      'contact.user.created': 'A user was created.',
      'contact.lead.created': 'A lead was created.',
    },
  ),
  ticket: 'Activity on a ticket.',
  company: 'Activity on a company.',
  ping: 'The webhook was tested.',
} satisfies EventTable

/** Webhooks of Intercom apps. */
export const intercom = defineSource({
  name: 'intercom',
  summary: 'Webhooks of Intercom apps.',
  documentation: 'https://developers.intercom.com/docs/webhooks/webhook-notifications',
  setup:
    'In the Developer Hub, enter the URL under Webhooks of the app. The secret is the client secret, under Basic information.',
  options: z.object({ secret: secrets().describe('The client secret of the app.') }),
  events: EVENTS,
  // Intercom only offers SHA-1. As an HMAC it is still considered secure.
  signature: { header: 'X-Hub-Signature', algorithm: 'sha1', encoding: 'hex', prefix: 'sha1=' },
  type: 'topic',
  id: 'id',
  // Intercom sends a HEAD when the URL is entered.
  answer: ({ method }) => (method === 'HEAD' ? OK : undefined),
})
