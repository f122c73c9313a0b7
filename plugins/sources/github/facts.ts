import { type Fact, type FactTable, fact, pathReader } from '../../../core/index.ts'

const refOf = pathReader('ref')

/** Facts that every GitHub event has; `event_name` and `action` are beside these. */
export const GENERAL_FACTS = {
  action: fact('string', 'What happened, e.g. `opened`; null for events without actions', 'action'),
  repository: fact('string', 'Full name, `owner/name`', 'repository.full_name'),
  organization: fact('string', 'Login of the organization', 'organization.login'),
  sender: fact('string', 'Login of the user who caused the event', 'sender.login'),
} as const satisfies FactTable

export const PUSH_FACTS: FactTable = {
  ref: fact('string', 'Full name, `refs/heads/main`', 'ref'),
  branch: fact('string', 'Branch pushed to; null for tags', afterPrefix('refs/heads/')),
  tag: fact('string', 'Tag pushed; null for branches', afterPrefix('refs/tags/')),
  commit: fact('string', 'SHA after the push; zeros where the ref was deleted', 'after'),
  before: fact('string', 'SHA before the push; zeros where the ref is new', 'before'),
  owner: fact('string', 'Login of the owner of the repository', 'repository.owner.login'),
  pusher: fact('string', 'Name of the user who pushed', 'pusher.name'),
  message: fact('string', 'Message of the newest commit', 'head_commit.message'),
  author: fact('string', 'Name of the author of the newest commit', 'head_commit.author.name'),
  created: fact('boolean', 'Whether the push made the ref', 'created'),
  deleted: fact('boolean', 'Whether the push deleted the ref', 'deleted'),
  forced: fact('boolean', 'Whether the push was forced', 'forced'),
  compare: fact('string', 'URL of the changes', 'compare'),
  default_branch: fact('string', 'Default branch of the repository', 'repository.default_branch'),
}

export const PULL_REQUEST_FACTS: FactTable = {
  ...numbered('pull_request'),
  branch: fact('string', 'Branch that is to be merged', 'pull_request.head.ref'),
  base: fact('string', 'Branch to merge into', 'pull_request.base.ref'),
  commit: fact('string', 'SHA at the head of the branch', 'pull_request.head.sha'),
  head_repository: fact(
    'string',
    'Full name of the repository the branch is in; another than `repository` for a fork',
    'pull_request.head.repo.full_name',
  ),
  draft: fact('boolean', 'Whether it is a draft', 'pull_request.draft'),
  merged: fact('boolean', 'Whether it was merged', 'pull_request.merged'),
  merge_commit: fact('string', 'SHA of the merge commit', 'pull_request.merge_commit_sha'),
  label: fact('string', 'Label that was added or removed', 'label.name'),
}

export const ISSUE_FACTS: FactTable = {
  ...numbered('issue'),
  label: fact('string', 'Label that was added or removed', 'label.name'),
  assignee: fact('string', 'Login of the user who was assigned or unassigned', 'assignee.login'),
}

export const ISSUE_COMMENT_FACTS: FactTable = {
  ...numbered('issue'),
  comment: fact('string', 'Text of the comment', 'comment.body'),
  comment_id: fact('number', 'Id of the comment', 'comment.id'),
  commenter: fact('string', 'Login of the author of the comment', 'comment.user.login'),
  is_pull_request: fact(
    'boolean',
    'Whether the comment is on a pull request',
    (payload) => pathReader('issue.pull_request')(payload) !== undefined,
  ),
}

export const RELEASE_FACTS: FactTable = {
  tag: fact('string', 'Tag of the release', 'release.tag_name'),
  name: fact('string', 'Name of the release', 'release.name'),
  target: fact('string', 'Branch or SHA that the tag is made from', 'release.target_commitish'),
  draft: fact('boolean', 'Whether it is a draft', 'release.draft'),
  prerelease: fact('boolean', 'Whether it is a prerelease', 'release.prerelease'),
  author: fact('string', 'Login of the author', 'release.author.login'),
  url: fact('string', 'Page of the release', 'release.html_url'),
}

export const WORKFLOW_RUN_FACTS: FactTable = {
  workflow: fact('string', 'Name of the workflow', 'workflow_run.name'),
  run_id: fact('number', 'Id of the run', 'workflow_run.id'),
  run_number: fact('number', 'Number of the run within its workflow', 'workflow_run.run_number'),
  run_attempt: fact('number', 'Attempt of the run, from 1', 'workflow_run.run_attempt'),
  status: fact('string', '`queued`, `in_progress`, `completed`, …', 'workflow_run.status'),
  conclusion: fact('string', '`success`, `failure`, …; null until done', 'workflow_run.conclusion'),
  branch: fact('string', 'Branch of the run', 'workflow_run.head_branch'),
  commit: fact('string', 'SHA of the run', 'workflow_run.head_sha'),
  trigger: fact('string', 'Event that started the run', 'workflow_run.event'),
  url: fact('string', 'Page of the run', 'workflow_run.html_url'),
}

/** `create` and `delete` name a ref without its `refs/…/`, and its type beside it. */
export const REF_FACTS: FactTable = {
  ref: fact('string', 'Name of the branch or tag', 'ref'),
  ref_type: fact('string', '`branch` or `tag`', 'ref_type'),
  branch: fact('string', 'The branch; null for tags', refOfType('branch')),
  tag: fact('string', 'The tag; null for branches', refOfType('tag')),
}

export const PING_FACTS: FactTable = {
  zen: fact('string', 'A saying', 'zen'),
  hook_id: fact('number', 'Id of the webhook', 'hook_id'),
  hook_type: fact('string', '`Repository`, `Organization` or `App`', 'hook.type'),
}

function numbered(kind: 'pull_request' | 'issue'): Record<string, Fact> {
  return {
    number: fact('number', 'Number within the repository', `${kind}.number`),
    title: fact('string', 'Title', `${kind}.title`),
    state: fact('string', '`open` or `closed`', `${kind}.state`),
    author: fact('string', 'Login of the author', `${kind}.user.login`),
    url: fact('string', 'Page', `${kind}.html_url`),
  }
}

function afterPrefix(prefix: string): (payload: unknown) => unknown {
  return (payload) => {
    const ref = refOf(payload)
    return typeof ref === 'string' && ref.startsWith(prefix) ? ref.slice(prefix.length) : null
  }
}

function refOfType(type: string): (payload: unknown) => unknown {
  const typeOf = pathReader('ref_type')
  return (payload) => (typeOf(payload) === type ? refOf(payload) : null)
}
