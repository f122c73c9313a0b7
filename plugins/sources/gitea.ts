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
  valueAt,
} from '../../core/index.ts'

const REF_FACTS: FactTable = {
  ref: fact(
    'string',
    'Full name, `refs/heads/main`; of `create` and `delete` the bare name',
    'ref',
  ),
  branch: fact('string', 'Branch; null for tags', refOf('branch', 'refs/heads/')),
  tag: fact('string', 'Tag; null for branches', refOf('tag', 'refs/tags/')),
  commit: fact('string', 'SHA after the push or at the new branch', firstOf('after', 'sha')),
}

const PUSH_FACTS: FactTable = {
  ...REF_FACTS,
  before: fact('string', 'SHA before the push; zeros where the branch is new', 'before'),
  message: fact('string', 'Message of the newest commit', 'head_commit.message'),
  pusher: fact('string', 'Account that pushed', 'pusher.login'),
  commits: fact('number', 'How many commits were pushed', 'total_commits'),
}

const PULL_REQUEST_FACTS: FactTable = {
  number: fact('number', 'Number in the repository', firstOf('number', 'pull_request.number')),
  title: fact('string', 'Title', 'pull_request.title'),
  state: fact('string', '`open` or `closed`', 'pull_request.state'),
  branch: fact('string', 'Branch that is to be merged', 'pull_request.head.ref'),
  target_branch: fact('string', 'Branch to merge into', 'pull_request.base.ref'),
  commit: fact('string', 'SHA at the head of the branch', 'pull_request.head.sha'),
  merged: fact('boolean', 'Whether it has been merged', 'pull_request.merged'),
  draft: fact('boolean', 'Whether it is a draft', 'pull_request.draft'),
}

const ISSUE_FACTS: FactTable = {
  number: fact('number', 'Number in the repository', 'issue.number'),
  title: fact('string', 'Title', 'issue.title'),
  state: fact('string', '`open` or `closed`', 'issue.state'),
  comment: fact('string', 'Text of the comment, where it is about one', 'comment.body'),
}

const RELEASE_FACTS: FactTable = {
  tag: fact('string', 'Tag of the release', 'release.tag_name'),
  branch: fact('string', 'Branch or commit it was made of', 'release.target_commitish'),
  prerelease: fact('boolean', 'Whether it is a pre-release', 'release.prerelease'),
}

const WORKFLOW_FACTS: FactTable = {
  branch: fact(
    'string',
    'Branch it ran on',
    firstOf('workflow_run.head_branch', 'workflow_job.head_branch'),
  ),
  commit: fact(
    'string',
    'SHA it ran on',
    firstOf('workflow_run.head_sha', 'workflow_job.head_sha'),
  ),
  status: fact(
    'string',
    '`queued`, `in_progress`, `completed`',
    firstOf('workflow_run.status', 'workflow_job.status'),
  ),
  conclusion: fact(
    'string',
    '`success`, `failure`, …; null until it ended',
    firstOf('workflow_run.conclusion', 'workflow_job.conclusion'),
  ),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Gitea and Forgejo.',
    facts: {
      action: fact('string', 'What was done, where the event has actions', 'action'),
      repository: fact('string', 'Full name, `owner/name`', 'repository.full_name'),
      sender: fact('string', 'Account that caused the event', 'sender.login'),
    },
  },
  push: { description: 'Commits or tags were pushed.', facts: PUSH_FACTS },
  ...eventsWith(REF_FACTS, {
    create: 'A branch or tag was made.',
    delete: 'A branch or tag was deleted.',
  }),
  ...eventsWith(PULL_REQUEST_FACTS, {
    pull_request: 'Something about a pull request.',
    pull_request_approved: 'A pull request was approved.',
    pull_request_rejected: 'Changes were asked for.',
    pull_request_comment: 'A review left a comment.',
  }),
  ...eventsWith(ISSUE_FACTS, {
    issues: 'Something about an issue.',
    issue_comment: 'A comment on an issue or pull request.',
  }),
  release: { description: 'Something about a release.', facts: RELEASE_FACTS },
  ...eventsWith(WORKFLOW_FACTS, {
    workflow_run: 'A workflow run changed.',
    workflow_job: 'A workflow job changed.',
  }),
  fork: { description: 'The repository was forked.', facts: {} },
  repository: { description: 'A repository was made or deleted.', facts: {} },
  package: { description: 'A package was made or deleted.', facts: {} },
  wiki: { description: 'A wiki page was made, changed or deleted.', facts: {} },
  status: { description: 'The status of a commit changed.', facts: {} },
}

/** Webhooks of Gitea and Forgejo, as `application/json`: a form's signature does not cover the form. */
export const gitea = defineSource({
  name: 'gitea',
  summary: 'Webhooks of Gitea and Forgejo.',
  documentation: 'https://docs.gitea.com/usage/webhooks',
  options: z.object({
    secret: secrets().describe('The secret of the webhook; several while it is being changed.'),
  }),
  events: catalogOf(EVENTS),
  // Forgejo sends Gitea's headers too, but may cease to.
  create: signedSource({
    signature: {
      header: 'X-Gitea-Signature',
      otherHeader: 'X-Forgejo-Signature',
      algorithm: 'sha256',
      encoding: 'hex',
    },
    events: EVENTS,
    type: { header: ['X-Gitea-Event', 'X-Forgejo-Event'] },
    id: { header: ['X-Gitea-Delivery', 'X-Forgejo-Delivery'] },
    action: { path: 'action' },
  }),
})

function refOf(kind: 'branch' | 'tag', prefix: string): (payload: unknown) => unknown {
  return (payload) => {
    const ref = valueAt(payload, 'ref')
    if (typeof ref !== 'string') return null
    if (ref.startsWith(prefix)) return ref.slice(prefix.length)
    return valueAt(payload, 'ref_type') === kind ? ref : null
  }
}
