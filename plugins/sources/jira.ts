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

const ISSUE_FACTS: FactTable = {
  issue: fact('string', 'Key of the issue, `OPS-7`', 'issue.key'),
  project: fact('string', 'Key of its project', 'issue.fields.project.key'),
  summary: fact('string', 'Its one-line summary', 'issue.fields.summary'),
  issue_type: fact('string', '`Bug`, `Story`, …', 'issue.fields.issuetype.name'),
  status: fact('string', 'Its status after the event', 'issue.fields.status.name'),
  priority: fact('string', 'Its priority', 'issue.fields.priority.name'),
  assignee: fact(
    'string',
    'Display name of who it is assigned to',
    'issue.fields.assignee.displayName',
  ),
  change: fact('string', 'What was done, `issue_generic`, …', 'issue_event_type_name'),
}

const COMMENT_FACTS: FactTable = {
  issue: fact('string', 'Key of the issue, `OPS-7`', 'issue.key'),
  comment: fact('string', 'Text of the comment', 'comment.body'),
  comment_id: fact('string', 'Id of the comment', 'comment.id'),
}

const SPRINT_FACTS: FactTable = {
  sprint: fact('string', 'Name of the sprint', 'sprint.name'),
  state: fact('string', '`future`, `active` or `closed`', 'sprint.state'),
}

const VERSION_FACTS: FactTable = {
  version: fact('string', 'Name of the version', 'version.name'),
  released: fact('boolean', 'Whether it has been released', 'version.released'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Jira.',
    facts: {
      sender: fact(
        'string',
        'Display name of who caused the event',
        firstOf(
          'user.displayName',
          'comment.updateAuthor.displayName',
          'comment.author.displayName',
        ),
      ),
      timestamp: fact('number', 'When, in milliseconds since the epoch', 'timestamp'),
    },
  },
  ...eventsWith(ISSUE_FACTS, {
    'jira:issue_created': 'An issue was made.',
    'jira:issue_updated': 'An issue changed.',
    'jira:issue_deleted': 'An issue was deleted.',
  }),
  ...eventsWith(COMMENT_FACTS, {
    comment_created: 'A comment on an issue.',
    comment_updated: 'A comment changed.',
    comment_deleted: 'A comment was deleted.',
  }),
  ...eventsWith(SPRINT_FACTS, {
    sprint_created: 'A sprint was made.',
    sprint_started: 'A sprint began.',
    sprint_updated: 'A sprint changed.',
    sprint_closed: 'A sprint ended.',
  }),
  ...eventsWith(VERSION_FACTS, {
    'jira:version_created': 'A version was made.',
    'jira:version_released': 'A version was released.',
    'jira:version_unreleased': 'A release was taken back.',
  }),
  ...eventsWith(
    {},
    {
      worklog_created: 'Work was logged.',
      issuelink_created: 'Two issues were linked.',
      attachment_created: 'A file was attached.',
      project_created: 'A project was made.',
      user_created: 'A user was made.',
    },
  ),
}

/** Webhooks of Jira, in Jira's own event names: `jira.jira:issue_created`. */
export const jira = defineSource({
  name: 'jira',
  summary: 'Webhooks that an administrator of Jira registers with a secret.',
  documentation:
    'https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks',
  options: z.object({
    secret: secrets().describe('The secret of the webhook; several while it is being changed.'),
  }),
  events: catalogOf(EVENTS),
  create: signedSource({
    signature: {
      header: 'X-Hub-Signature',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'sha256=',
    },
    events: EVENTS,
    type: { path: 'webhookEvent' },
    id: { header: 'X-Atlassian-Webhook-Identifier' },
  }),
})
