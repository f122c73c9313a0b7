import { z } from 'zod'
import {
  apiAccess,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  secrets,
  valueAt,
} from '../../../core/sdk/source.ts'
import { API_URL, giteaRegister, giteaRegistrar } from './register.ts'
import { giteaApiOption, giteaCommits } from './report.ts'

const REF_FACTS: FactTable = {
  ref: ['string', 'Full name, `refs/heads/main`; for `create` and `delete` the short name', 'ref'],
  branch: ['string', 'Branch; null for tags', refOf('branch', 'refs/heads/')],
  tag: ['string', 'Tag; null for branches', refOf('tag', 'refs/tags/')],
  // Of an annotated tag, `after` is the SHA of the tag itself.
  commit: [
    'string',
    'SHA of the commit after the push or at the new branch; zeros where the ref was deleted',
    'head_commit.id',
    'after',
    'sha',
  ],
}

const PUSH_FACTS: FactTable = {
  ...REF_FACTS,
  before: ['string', 'SHA before the push; zeros where the branch is new', 'before'],
  deleted: [
    'boolean',
    'Whether the push deleted the ref',
    ({ after }) => (typeof after === 'string' ? /^0+$/.test(after) : null),
  ],
  message: ['string', 'Message of the newest commit', 'head_commit.message'],
  pusher: ['string', 'Account that pushed', 'pusher.login'],
  commits: ['number', 'Number of commits pushed', 'total_commits'],
}

const PULL_REQUEST_FACTS: FactTable = {
  number: ['number', 'Number in the repository', 'number', 'pull_request.number'],
  title: ['string', 'Title', 'pull_request.title'],
  state: ['string', '`open` or `closed`', 'pull_request.state'],
  branch: ['string', 'Branch to merge', 'pull_request.head.ref'],
  target_branch: ['string', 'Branch to merge into', 'pull_request.base.ref'],
  commit: ['string', 'SHA at the head of the branch', 'pull_request.head.sha'],
  merged: ['boolean', 'Whether it has been merged', 'pull_request.merged'],
  draft: ['boolean', 'Whether it is a draft', 'pull_request.draft'],
}

const ISSUE_FACTS: FactTable = {
  number: ['number', 'Number in the repository', 'issue.number'],
  title: ['string', 'Title', 'issue.title'],
  state: ['string', '`open` or `closed`', 'issue.state'],
  comment: ['string', 'Text of the comment, where it is about one', 'comment.body'],
}

const RELEASE_FACTS: FactTable = {
  tag: ['string', 'Tag of the release', 'release.tag_name'],
  branch: ['string', 'Branch or commit that it was created from', 'release.target_commitish'],
  prerelease: ['boolean', 'Whether it is a pre-release', 'release.prerelease'],
}

const WORKFLOW_FACTS: FactTable = {
  branch: ['string', 'Branch it ran on', 'workflow_run.head_branch', 'workflow_job.head_branch'],
  commit: ['string', 'SHA it ran on', 'workflow_run.head_sha', 'workflow_job.head_sha'],
  status: [
    'string',
    '`queued`, `in_progress`, `completed`',
    'workflow_run.status',
    'workflow_job.status',
  ],
  conclusion: [
    'string',
    '`success`, `failure`, …; null until it ended',
    'workflow_run.conclusion',
    'workflow_job.conclusion',
  ],
}

const EVENTS = {
  '*': {
    description: 'Every event of Gitea and Forgejo.',
    facts: {
      action: ['string', 'What was done, where the event has actions', 'action'],
      repository: ['string', 'Full name, `owner/name`', 'repository.full_name'],
      sender: ['string', 'Account that caused the event', 'sender.login'],
    },
  },
  push: { description: 'Commits or tags were pushed.', facts: PUSH_FACTS },
  ...eventsWith(REF_FACTS, {
    create: 'A branch or tag was created.',
    delete: 'A branch or tag was deleted.',
  }),
  ...eventsWith(PULL_REQUEST_FACTS, {
    pull_request: 'Activity on a pull request.',
    pull_request_approved: 'A pull request was approved.',
    pull_request_rejected: 'Changes were requested.',
    pull_request_comment: 'A review left a comment.',
  }),
  ...eventsWith(ISSUE_FACTS, {
    issues: 'Activity on an issue.',
    issue_comment: 'A comment on an issue or pull request.',
  }),
  release: { description: 'Activity on a release.', facts: RELEASE_FACTS },
  ...eventsWith(WORKFLOW_FACTS, {
    workflow_run: 'A workflow run changed.',
    workflow_job: 'A workflow job changed.',
  }),
  fork: 'The repository was forked.',
  repository: 'A repository was created or deleted.',
  package: 'A package was created or deleted.',
  wiki: 'A wiki page was created, changed or deleted.',
  status: 'The status of a commit changed.',
} satisfies EventTable

const TYPES = Object.keys(EVENTS).filter((type) => type !== '*')

/** Webhooks of Gitea and Forgejo, as `application/json`: a form's signature does not cover the form. */
export const gitea = defineSource({
  name: 'gitea',
  summary: 'Webhooks of Gitea and Forgejo.',
  documentation: 'https://docs.gitea.com/usage/webhooks',
  setup:
    'In the repository, under Settings > Webhooks > Add Webhook > Gitea, enter the URL as the target URL, and the secret.',
  generates: 'secret',
  options: z.object({
    secret: secrets().describe('The secret of the webhook, or several during a rotation.'),
    register: giteaRegister,
    api: giteaApiOption,
  }),
  events: EVENTS,
  register: ({ register, secret: [first = ''] }, { clock }) =>
    register && giteaRegistrar(register, TYPES, first, clock),
  create: (options, { clock }) => giteaCommits(apiAccess(options, API_URL), clock),
  // Forgejo still sends Gitea's headers too, but may stop.
  signature: {
    header: 'X-Gitea-Signature',
    otherHeader: 'X-Forgejo-Signature',
    algorithm: 'sha256',
    encoding: 'hex',
  },
  type: [{ header: 'X-Gitea-Event' }, { header: 'X-Forgejo-Event' }],
  id: [{ header: 'X-Gitea-Delivery' }, { header: 'X-Forgejo-Delivery' }],
  action: 'action',
})

function refOf(kind: 'branch' | 'tag', prefix: string): (payload: unknown) => unknown {
  return (payload) => {
    const ref = valueAt(payload, 'ref')
    if (typeof ref !== 'string') return null
    if (ref.startsWith(prefix)) return ref.slice(prefix.length)
    return valueAt(payload, 'ref_type') === kind ? ref : null
  }
}
