import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  secrets,
} from '../../../core/sdk/source.ts'

const ISSUE_FACTS: FactTable = {
  issue: ['string', 'Key of the issue, `OPS-7`', 'issue.key'],
  project: ['string', 'Key of its project', 'issue.fields.project.key'],
  summary: ['string', 'Its one-line summary', 'issue.fields.summary'],
  issue_type: ['string', '`Bug`, `Story`, …', 'issue.fields.issuetype.name'],
  status: ['string', 'Its status after the event', 'issue.fields.status.name'],
  priority: ['string', 'Its priority', 'issue.fields.priority.name'],
  assignee: ['string', 'Display name of the assignee', 'issue.fields.assignee.displayName'],
  change: ['string', 'What was done, `issue_generic`, …', 'issue_event_type_name'],
}

const COMMENT_FACTS: FactTable = {
  issue: ['string', 'Key of the issue, `OPS-7`', 'issue.key'],
  comment: ['string', 'Text of the comment', 'comment.body'],
  comment_id: ['string', 'Id of the comment', 'comment.id'],
}

const SPRINT_FACTS: FactTable = {
  sprint: ['string', 'Name of the sprint', 'sprint.name'],
  state: ['string', '`future`, `active` or `closed`', 'sprint.state'],
}

const VERSION_FACTS: FactTable = {
  version: ['string', 'Name of the version', 'version.name'],
  released: ['boolean', 'Whether it has been released', 'version.released'],
}

const EVENTS = {
  '*': {
    description: 'Every event of Jira.',
    facts: {
      sender: [
        'string',
        'Display name of the user who caused the event',
        'user.displayName',
        'comment.updateAuthor.displayName',
        'comment.author.displayName',
      ],
      timestamp: ['number', 'Time, in milliseconds since the epoch', 'timestamp'],
    },
  },
  ...eventsWith(ISSUE_FACTS, {
    'jira:issue_created': 'An issue was created.',
    'jira:issue_updated': 'An issue changed.',
    'jira:issue_deleted': 'An issue was deleted.',
  }),
  ...eventsWith(COMMENT_FACTS, {
    comment_created: 'A comment on an issue.',
    comment_updated: 'A comment changed.',
    comment_deleted: 'A comment was deleted.',
  }),
  ...eventsWith(SPRINT_FACTS, {
    sprint_created: 'A sprint was created.',
    sprint_started: 'A sprint started.',
    sprint_updated: 'A sprint changed.',
    sprint_closed: 'A sprint ended.',
  }),
  ...eventsWith(VERSION_FACTS, {
    'jira:version_created': 'A version was created.',
    'jira:version_released': 'A version was released.',
    'jira:version_unreleased': 'A release was withdrawn.',
  }),
  worklog_created: 'Work was logged.',
  issuelink_created: 'Two issues were linked.',
  attachment_created: 'A file was attached.',
  project_created: 'A project was created.',
  user_created: 'A user was created.',
} satisfies EventTable

/** Webhooks of Jira, in Jira's own event names: `jira.jira:issue_created`. */
export const jira = defineSource({
  name: 'jira',
  summary: 'Webhooks that an administrator of Jira registers with a secret.',
  documentation:
    'https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks',
  setup:
    'In the administration of Jira, under System > WebHooks > Create a WebHook, enter the URL and the secret.',
  generates: 'secret',
  options: z.object({
    secret: secrets().describe('The secret of the webhook, or several during a rotation.'),
  }),
  events: EVENTS,
  signature: {
    header: 'X-Hub-Signature',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'sha256=',
  },
  type: 'webhookEvent',
  id: { header: 'X-Atlassian-Webhook-Identifier' },
})
