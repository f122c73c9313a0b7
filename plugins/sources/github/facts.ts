import { type Fact, type FactTable, type ValueReader, valueAt } from '../../../core/sdk/source.ts'

/** Facts of every GitHub event, besides `event_name`. */
export const GENERAL_FACTS: FactTable = {
  action: ['string', 'What happened, e.g. `opened`; null for events without actions', 'action'],
  repository: ['string', 'Full name, `owner/name`', 'repository.full_name'],
  organization: ['string', 'Login of the organization', 'organization.login'],
  sender: ['string', 'Login of the user who caused the event', 'sender.login'],
}

export const PUSH_FACTS: FactTable = {
  ref: ['string', 'Full name, `refs/heads/main`', 'ref'],
  branch: ['string', 'Branch pushed to; null for tags', afterPrefix('refs/heads/')],
  tag: ['string', 'Tag pushed; null for branches', afterPrefix('refs/tags/')],
  // Of an annotated tag, `after` is the SHA of the tag itself.
  commit: [
    'string',
    'SHA of the commit after the push; zeros where the ref was deleted',
    'head_commit.id',
    'after',
  ],
  before: ['string', 'SHA before the push; zeros where the ref is new', 'before'],
  owner: ['string', 'Login of the owner of the repository', 'repository.owner.login'],
  pusher: ['string', 'Name of the user who pushed', 'pusher.name'],
  message: ['string', 'Message of the newest commit', 'head_commit.message'],
  author: ['string', 'Name of the author of the newest commit', 'head_commit.author.name'],
  created: ['boolean', 'Whether the push created the ref', 'created'],
  deleted: ['boolean', 'Whether the push deleted the ref', 'deleted'],
  forced: ['boolean', 'Whether the push was forced', 'forced'],
  compare: ['string', 'URL of the changes', 'compare'],
  default_branch: ['string', 'Default branch of the repository', 'repository.default_branch'],
}

export const PULL_REQUEST_FACTS: FactTable = {
  ...numbered('pull_request'),
  branch: ['string', 'Branch to merge', 'pull_request.head.ref'],
  base: ['string', 'Branch to merge into', 'pull_request.base.ref'],
  commit: ['string', 'SHA at the head of the branch', 'pull_request.head.sha'],
  head_repository: [
    'string',
    'Full name of the repository of the branch; differs from `repository` for a fork',
    'pull_request.head.repo.full_name',
  ],
  draft: ['boolean', 'Whether it is a draft', 'pull_request.draft'],
  // Events of reviews have only the time.
  merged: [
    'boolean',
    'Whether it was merged',
    'pull_request.merged',
    (payload) => {
      const mergedAt = valueAt(payload, 'pull_request.merged_at')
      return mergedAt === undefined ? null : mergedAt !== null
    },
  ],
  merge_commit: ['string', 'SHA of the merge commit', 'pull_request.merge_commit_sha'],
  label: ['string', 'Label that was added or removed', 'label.name'],
}

export const ISSUE_FACTS: FactTable = {
  ...numbered('issue'),
  label: ['string', 'Label that was added or removed', 'label.name'],
  assignee: ['string', 'Login of the user who was assigned or unassigned', 'assignee.login'],
}

export const ISSUE_COMMENT_FACTS: FactTable = {
  ...numbered('issue'),
  comment: ['string', 'Text of the comment', 'comment.body'],
  comment_id: ['number', 'Id of the comment', 'comment.id'],
  commenter: ['string', 'Login of the author of the comment', 'comment.user.login'],
  is_pull_request: [
    'boolean',
    'Whether the comment is on a pull request',
    (payload) => valueAt(payload, 'issue.pull_request') !== undefined,
  ],
}

export const RELEASE_FACTS: FactTable = {
  tag: ['string', 'Tag of the release', 'release.tag_name'],
  name: ['string', 'Name of the release', 'release.name'],
  target: ['string', 'Branch or SHA that the tag was created from', 'release.target_commitish'],
  draft: ['boolean', 'Whether it is a draft', 'release.draft'],
  prerelease: ['boolean', 'Whether it is a prerelease', 'release.prerelease'],
  author: ['string', 'Login of the author', 'release.author.login'],
  url: ['string', 'URL of the release', 'release.html_url'],
}

export const WORKFLOW_RUN_FACTS: FactTable = {
  workflow: ['string', 'Name of the workflow', 'workflow_run.name'],
  run_id: ['number', 'Id of the run', 'workflow_run.id'],
  run_number: ['number', 'Number of the run within its workflow', 'workflow_run.run_number'],
  run_attempt: ['number', 'Attempt of the run, from 1', 'workflow_run.run_attempt'],
  status: ['string', '`queued`, `in_progress`, `completed`, …', 'workflow_run.status'],
  conclusion: ['string', '`success`, `failure`, …; null until done', 'workflow_run.conclusion'],
  branch: ['string', 'Branch of the run', 'workflow_run.head_branch'],
  commit: ['string', 'SHA of the run', 'workflow_run.head_sha'],
  trigger: ['string', 'Event that started the run', 'workflow_run.event'],
  url: ['string', 'URL of the run', 'workflow_run.html_url'],
}

/** `create` and `delete` send the short name of a ref, and its type separately. */
export const REF_FACTS: FactTable = {
  ref: ['string', 'Name of the branch or tag', 'ref'],
  ref_type: ['string', '`branch` or `tag`', 'ref_type'],
  branch: ['string', 'The branch; null for tags', refOfType('branch')],
  tag: ['string', 'The tag; null for branches', refOfType('tag')],
}

export const PING_FACTS: FactTable = {
  zen: ['string', 'A random saying', 'zen'],
  hook_id: ['number', 'Id of the webhook', 'hook_id'],
  hook_type: ['string', '`Repository`, `Organization` or `App`', 'hook.type'],
}

function numbered(kind: 'pull_request' | 'issue'): Record<string, Fact> {
  return {
    number: ['number', 'Number within the repository', `${kind}.number`],
    title: ['string', 'Title', `${kind}.title`],
    state: ['string', '`open` or `closed`', `${kind}.state`],
    author: ['string', 'Login of the author', `${kind}.user.login`],
    url: ['string', 'URL', `${kind}.html_url`],
  }
}

function afterPrefix(prefix: string): ValueReader {
  return ({ ref }) =>
    typeof ref === 'string' && ref.startsWith(prefix) ? ref.slice(prefix.length) : null
}

function refOfType(type: string): ValueReader {
  return ({ ref, ref_type }) => (ref_type === type ? ref : null)
}
