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

// The second path is the one of Bitbucket Data Center.
const PUSH_FACTS: FactTable = {
  branch: fact('string', 'Branch or tag changed first', nameOf('push.changes.0.new.name')),
  commit: fact(
    'string',
    'SHA after the first change; null or zeros where the branch was deleted',
    firstOf('push.changes.0.new.target.hash', 'changes.0.toHash'),
  ),
  before: fact(
    'string',
    'SHA before the first change; null or zeros where the branch is new',
    firstOf('push.changes.0.old.target.hash', 'changes.0.fromHash'),
  ),
  ref_type: fact(
    'string',
    '`branch` or `tag`; from Data Center `BRANCH` or `TAG`',
    firstOf('push.changes.0.new.type', 'push.changes.0.old.type', 'changes.0.ref.type'),
  ),
  message: fact('string', 'Message of its newest commit', 'push.changes.0.new.target.message'),
}

const PULL_REQUEST_FACTS: FactTable = {
  number: fact('number', 'Number in the repository', firstOf('pullrequest.id', 'pullRequest.id')),
  title: fact('string', 'Title', firstOf('pullrequest.title', 'pullRequest.title')),
  state: fact('string', '`OPEN`, `MERGED`, …', firstOf('pullrequest.state', 'pullRequest.state')),
  branch: fact(
    'string',
    'Branch that is to be merged',
    firstOf('pullrequest.source.branch.name', 'pullRequest.fromRef.displayId'),
  ),
  target_branch: fact(
    'string',
    'Branch to merge into',
    firstOf('pullrequest.destination.branch.name', 'pullRequest.toRef.displayId'),
  ),
  commit: fact(
    'string',
    'SHA at the head of the branch',
    firstOf('pullrequest.source.commit.hash', 'pullRequest.fromRef.latestCommit'),
  ),
  comment: fact(
    'string',
    'Text of the comment, where it is about one',
    firstOf('comment.content.raw', 'comment.text'),
  ),
}

const STATUS_FACTS: FactTable = {
  state: fact('string', '`INPROGRESS`, `SUCCESSFUL`, `FAILED`, …', 'commit_status.state'),
  key: fact('string', 'Key of the build', 'commit_status.key'),
  branch: fact('string', 'Branch that was built', 'commit_status.refname'),
  url: fact('string', 'Page of the build', 'commit_status.url'),
}

const ISSUE_FACTS: FactTable = {
  number: fact('number', 'Number in the repository', 'issue.id'),
  title: fact('string', 'Title', 'issue.title'),
  state: fact('string', '`new`, `open`, `resolved`, …', 'issue.state'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Bitbucket.',
    facts: {
      repository: fact('string', 'Full name, `workspace/name`', repositoryName),
      sender: fact(
        'string',
        'Account that caused the event',
        firstOf('actor.nickname', 'actor.display_name', 'actor.name'),
      ),
    },
  },
  ...eventsWith(PUSH_FACTS, {
    'repo:push': 'Commits, branches or tags were pushed (Cloud).',
    'repo:refs_changed': 'Commits, branches or tags were pushed (Data Center).',
  }),
  ...eventsWith(PULL_REQUEST_FACTS, {
    'pullrequest:created': 'A pull request was opened.',
    'pullrequest:updated': 'A pull request or its branch changed.',
    'pullrequest:approved': 'A pull request was approved.',
    'pullrequest:unapproved': 'An approval was taken back.',
    'pullrequest:changes_request_created': 'Changes were asked for.',
    'pullrequest:fulfilled': 'A pull request was merged.',
    'pullrequest:rejected': 'A pull request was declined.',
    'pullrequest:comment_created': 'A comment on a pull request.',
    'pr:opened': 'A pull request was opened (Data Center).',
    'pr:from_ref_updated': 'The branch of a pull request was pushed to (Data Center).',
    'pr:modified': 'A pull request changed (Data Center).',
    'pr:reviewer:approved': 'A pull request was approved (Data Center).',
    'pr:merged': 'A pull request was merged (Data Center).',
    'pr:declined': 'A pull request was declined (Data Center).',
    'pr:comment:added': 'A comment on a pull request (Data Center).',
  }),
  ...eventsWith(STATUS_FACTS, {
    'repo:commit_status_created': 'A build began.',
    'repo:commit_status_updated': 'The status of a build changed.',
  }),
  ...eventsWith(ISSUE_FACTS, {
    'issue:created': 'An issue was opened.',
    'issue:updated': 'An issue changed.',
    'issue:comment_created': 'A comment on an issue.',
  }),
  'diagnostics:ping': { description: 'The connection was tested (Data Center).', facts: {} },
}

/** Webhooks of Bitbucket Cloud and Data Center, in Bitbucket's own event keys: `bitbucket.repo:push`. */
export const bitbucket = defineSource({
  name: 'bitbucket',
  summary: 'Webhooks of Bitbucket Cloud and Bitbucket Data Center.',
  documentation: 'https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/',
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
    type: { header: 'X-Event-Key' },
    id: { header: ['X-Request-UUID', 'X-Request-Id'] },
  }),
})

function nameOf(path: string): (payload: unknown) => unknown {
  return firstOf(path, 'push.changes.0.old.name', 'changes.0.ref.displayId')
}

function repositoryName(payload: unknown): unknown {
  const cloud = firstOf('repository.full_name')(payload)
  if (cloud !== null) return cloud
  const project = firstOf(
    'repository.project.key',
    'pullRequest.toRef.repository.project.key',
  )(payload)
  const name = firstOf('repository.slug', 'pullRequest.toRef.repository.slug')(payload)
  return typeof project === 'string' && typeof name === 'string' ? `${project}/${name}` : null
}
