import type { FactSample } from './sample.ts'

const linear = {
  createdAt: '2026-01-15T11:59:59.000Z',
  organizationId: 'o',
  webhookId: 'w',
}
const issue = {
  id: 'i',
  identifier: 'ENG-7',
  title: 'Widen the quay',
  priority: 1,
  state: { name: 'Todo' },
  team: { key: 'ENG' },
  assignee: { name: 'Ada' },
  url: 'https://linear.app/team/issue/ENG-7',
}
const pagerduty = (event_type: string, data: object) => ({
  event: {
    id: 'e',
    event_type,
    resource_type: 'incident',
    occurred_at: '2026-01-15T11:59:58.123Z',
    agent: { summary: 'Ada' },
    data,
  },
})
const incident = { id: 'PGR0VU2', summary: 'A little bump in the road', html_url: 'u' }

/** Of Linear by the types of @linear/sdk; of the others by their documents. */
export const WORK: readonly FactSample[] = [
  {
    source: 'linear',
    type: 'IssueSLA.breached',
    body: { ...linear, action: 'breached', type: 'IssueSLA', issueData: issue },
    // Nobody causes it, and it is about no comment.
    nulls: ['sender', 'comment'],
    facts: { identifier: 'ENG-7', object_id: 'i', team: 'ENG' },
  },
  {
    source: 'linear',
    type: 'Issue.update',
    body: {
      ...linear,
      action: 'update',
      type: 'Issue',
      actor: { name: 'Bo' },
      data: issue,
      url: 'u',
    },
    nulls: ['comment'],
  },
  {
    source: 'linear',
    type: 'Comment.create',
    body: {
      ...linear,
      action: 'create',
      type: 'Comment',
      actor: { name: 'Bo' },
      url: 'u',
      data: { id: 'c', body: 'Deeper', issue: { ...issue, state: undefined } },
    },
    // A comment holds a short form of its issue.
    nulls: ['state', 'priority', 'assignee'],
  },
  {
    source: 'linear',
    type: 'AppUserNotification.issueAssignedToYou',
    body: {
      ...linear,
      action: 'issueAssignedToYou',
      type: 'AppUserNotification',
      notification: { id: 'n', actor: { name: 'Bo' }, issue },
    },
    nulls: ['url'],
    facts: { object_id: 'n', sender: 'Bo' },
  },
  {
    source: 'linear',
    type: 'AgentSessionEvent.created',
    body: {
      ...linear,
      action: 'created',
      type: 'AgentSessionEvent',
      agentSession: { id: 's', creator: { name: 'Bo' }, url: 'u' },
    },
    nulls: [],
    facts: { object_id: 's', sender: 'Bo' },
  },
  {
    source: 'linear',
    type: 'OAuthApp.revoked',
    body: { ...linear, action: 'revoked', type: 'OAuthApp', oauthClientId: 'c' },
    nulls: ['sender', 'url'],
    facts: { object_id: 'c' },
  },
  {
    source: 'pagerduty',
    type: 'incident.annotated',
    body: pagerduty('incident.annotated', { incident, id: 'note', content: 'Paging', type: 'n' }),
    // A note refers to its incident.
    nulls: ['service', 'number', 'status', 'urgency', 'priority', 'incident_key', 'assignee'],
    facts: { title: 'A little bump in the road', resource_id: 'PGR0VU2', url: 'u' },
  },
  {
    source: 'jira',
    type: 'comment_created',
    body: {
      timestamp: 1,
      webhookEvent: 'comment_created',
      comment: { id: '1', body: 'b', author: { displayName: 'Ada' } },
      issue: { key: 'OPS-7' },
    },
    nulls: [],
  },
  {
    source: 'jira',
    type: 'sprint_started',
    body: { timestamp: 1, webhookEvent: 'sprint_started', sprint: { name: 's', state: 'active' } },
    nulls: ['sender'],
  },
  {
    source: 'trello',
    type: 'updateCard',
    body: {
      action: {
        id: '1',
        type: 'updateCard',
        date: 'd',
        data: {
          board: { id: 'b', name: 'Board' },
          card: { id: 'c', name: 'Card' },
          listBefore: { name: 'Doing' },
          listAfter: { name: 'Done' },
        },
        memberCreator: { username: 'ada' },
      },
      model: { id: 'b' },
    },
    nulls: ['text'],
    facts: { list: 'Done' },
  },
  {
    source: 'asana',
    type: 'task.added',
    body: {
      events: [
        {
          action: 'added',
          created_at: 'd',
          resource: { gid: '1', resource_type: 'task', resource_subtype: 'default_task' },
          parent: { gid: '2', resource_type: 'project' },
          user: { gid: '3', resource_type: 'user' },
        },
      ],
    },
    nulls: ['field'],
  },
  {
    source: 'notion',
    type: 'comment.created',
    body: {
      id: '1',
      timestamp: 't',
      workspace_id: 'w',
      type: 'comment.created',
      authors: [{ id: 'a', type: 'person' }],
      entity: { id: 'e', type: 'comment' },
      data: { page_id: 'p', parent: { id: 'p', type: 'page' } },
    },
    nulls: [],
  },
  {
    source: 'zendesk',
    type: 'ticket.created',
    headers: { 'x-zendesk-webhook-id': 'w' },
    body: {
      account_id: 1,
      id: 'i',
      subject: 'zen:ticket:1',
      time: 't',
      type: 'zen:event-type:ticket.created',
      detail: {
        id: '1',
        subject: 's',
        status: 'NEW',
        priority: 'HIGH',
        assignee_id: null,
        requester_id: '2',
        group_id: '3',
      },
    },
    // Not assigned yet.
    nulls: ['assignee'],
  },
  {
    source: 'intercom',
    type: 'contact.user.tag.created',
    body: {
      topic: 'contact.user.tag.created',
      id: 'n',
      app_id: 'a',
      created_at: 1,
      data: { item: { type: 'contact_tag', contact: { id: 'c', email: 'e', name: 'n' } } },
    },
    nulls: [],
    facts: { item_id: 'c', email: 'e' },
  },
  {
    source: 'hubspot',
    type: 'contact.associationChange',
    body: [
      {
        eventId: 1,
        subscriptionId: 2,
        portalId: 3,
        appId: 4,
        occurredAt: 5,
        subscriptionType: 'contact.associationChange',
        changeSource: 'USER',
        fromObjectId: 6,
        toObjectId: 7,
        associationType: 'CONTACT_TO_COMPANY',
      },
    ],
    nulls: ['object_type'],
    facts: { object_id: 6 },
  },
]
