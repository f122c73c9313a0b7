import { z } from 'zod'
import {
  apiAccess,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  firstOf,
  isJsonObject,
  type JsonObject,
  jsonObject,
  partId,
  partsOf,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'
import { API_URL, bitbucketRegister, bitbucketRegistrar } from './register.ts'
import { bitbucketApiOption, bitbucketCommits } from './report.ts'

// Each change of a push is an event of its own, so the first change is the only one.
// Later paths are those of Data Center.
const PUSH_FACTS: FactTable = {
  branch: [
    'string',
    'Branch or tag',
    'push.changes.0.new.name',
    'push.changes.0.old.name',
    'changes.0.ref.displayId',
  ],
  commit: [
    'string',
    'SHA after the push; null or zeros where the branch or tag was deleted',
    'push.changes.0.new.target.hash',
    'changes.0.toHash',
  ],
  before: [
    'string',
    'SHA before the push; null or zeros where the branch or tag is new',
    'push.changes.0.old.target.hash',
    'changes.0.fromHash',
  ],
  ref_type: [
    'string',
    '`branch` or `tag`; from Data Center `BRANCH` or `TAG`',
    'push.changes.0.new.type',
    'push.changes.0.old.type',
    'changes.0.ref.type',
  ],
  deleted: ['boolean', 'Whether the push deleted the branch or tag', isDeleted],
  message: [
    'string',
    'Message of its newest commit',
    'push.changes.0.new.target.message',
    // Data Center tells of one commit, whichever change it belongs to.
    (payload) =>
      valueAt(payload, 'toCommit.id') === valueAt(payload, 'changes.0.toHash')
        ? valueAt(payload, 'toCommit.message')
        : null,
  ],
}

const PULL_REQUEST_FACTS: FactTable = {
  number: ['number', 'Number in the repository', 'pullrequest.id', 'pullRequest.id'],
  title: ['string', 'Title', 'pullrequest.title', 'pullRequest.title'],
  state: ['string', '`OPEN`, `MERGED`, …', 'pullrequest.state', 'pullRequest.state'],
  branch: [
    'string',
    'Branch to merge',
    'pullrequest.source.branch.name',
    'pullRequest.fromRef.displayId',
  ],
  target_branch: [
    'string',
    'Branch to merge into',
    'pullrequest.destination.branch.name',
    'pullRequest.toRef.displayId',
  ],
  commit: [
    'string',
    'SHA at the head of the branch',
    'pullrequest.source.commit.hash',
    'pullRequest.fromRef.latestCommit',
  ],
  comment: [
    'string',
    'Text of the comment, where it is about one',
    'comment.content.raw',
    'comment.text',
  ],
}

const STATUS_FACTS: FactTable = {
  state: ['string', '`INPROGRESS`, `SUCCESSFUL`, `FAILED`, …', 'commit_status.state'],
  key: ['string', 'Key of the build', 'commit_status.key'],
  branch: ['string', 'Branch that was built', 'commit_status.refname'],
  url: ['string', 'URL of the build', 'commit_status.url'],
}

const ISSUE_FACTS: FactTable = {
  number: ['number', 'Number in the repository', 'issue.id'],
  title: ['string', 'Title', 'issue.title'],
  state: ['string', '`new`, `open`, `resolved`, …', 'issue.state'],
}

const projectKey = firstOf('repository.project.key', 'pullRequest.toRef.repository.project.key')
const projectName = firstOf('repository.slug', 'pullRequest.toRef.repository.slug')

const EVENTS = {
  '*': {
    description: 'Every event of Bitbucket.',
    facts: {
      repository: ['string', 'Full name, `workspace/name`', 'repository.full_name', repositoryName],
      sender: [
        'string',
        'Account that caused the event',
        'actor.nickname',
        'actor.display_name',
        'actor.name',
      ],
    },
  },
  ...eventsWith(PUSH_FACTS, {
    'repo:push': 'Commits, branches or tags were pushed (Cloud).',
    'repo:refs_changed': 'Commits, branches or tags were pushed (Data Center).',
    'mirror:repo_synchronized': 'A mirror has the changes of a push (Data Center).',
  }),
  ...eventsWith(PULL_REQUEST_FACTS, {
    'pullrequest:created': 'A pull request was opened.',
    'pullrequest:updated': 'A pull request or its branch changed.',
    'pullrequest:approved': 'A pull request was approved.',
    'pullrequest:unapproved': 'An approval was withdrawn.',
    'pullrequest:changes_request_created': 'Changes were requested.',
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
    'repo:commit_status_created': 'A build started.',
    'repo:commit_status_updated': 'The status of a build changed.',
  }),
  ...eventsWith(ISSUE_FACTS, {
    'issue:created': 'An issue was opened.',
    'issue:updated': 'An issue changed.',
    'issue:comment_created': 'A comment on an issue.',
  }),
  'diagnostics:ping': 'The connection was tested (Data Center).',
} satisfies EventTable

/** Webhooks of Bitbucket Cloud and Data Center, in Bitbucket's own event keys: `bitbucket.repo:push`. */
export const bitbucket = defineSource({
  name: 'bitbucket',
  summary: 'Webhooks of Bitbucket Cloud and Bitbucket Data Center.',
  documentation: 'https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/',
  setup:
    'In the repository, under Repository settings > Webhooks > Add webhook, enter the URL and the secret.',
  generates: 'secret',
  options: z.object({
    secret: secrets().describe('The secret of the webhook, or several during a rotation.'),
    register: bitbucketRegister,
    api: bitbucketApiOption,
  }),
  events: EVENTS,
  register: ({ register, secret: [first = ''] }, { clock }) =>
    register && bitbucketRegistrar(register, Object.keys(EVENTS), first, clock),
  create: (options, { clock }) => bitbucketCommits(apiAccess(options, API_URL), clock),
  signature: {
    header: 'X-Hub-Signature',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'sha256=',
  },
  type: { header: 'X-Event-Key' },
  id: [{ header: 'X-Request-UUID' }, { header: 'X-Request-Id' }],
  parse: (delivery) => {
    const id = delivery.headers['x-request-uuid'] ?? delivery.headers['x-request-id']
    return partsOf(jsonObject(delivery), 'push.changes')
      .flatMap((part) => partsOf(part, 'changes'))
      .map((payload, index, parts) => ({ payload, id: partId(id, index, parts) }))
  },
})

function isDeleted(payload: JsonObject): boolean | null {
  const cloud = valueAt(payload, 'push.changes.0')
  if (isJsonObject(cloud)) return !isJsonObject(cloud['new'])
  const dataCenter = valueAt(payload, 'changes.0.type')
  return typeof dataCenter === 'string' ? dataCenter === 'DELETE' : null
}

function repositoryName(payload: JsonObject, headers: Delivery['headers']): unknown {
  const project = projectKey(payload, headers)
  const name = projectName(payload, headers)
  return typeof project === 'string' && typeof name === 'string' ? `${project}/${name}` : null
}
