import { type EventFacts, type FactTable, fact, pathReader } from '../../../core/index.ts'

/** Facts that every GitLab event has; `event_name` and `action` are beside these. */
export const GENERAL_FACTS = {
  project: fact(
    'string',
    'Full path, `group/name`',
    firstOf('project.path_with_namespace', 'path_with_namespace'),
  ),
  repository: fact(
    'string',
    'The same, under the name that other sources use',
    firstOf('project.path_with_namespace', 'path_with_namespace'),
  ),
  project_id: fact('number', 'Id of the project', firstOf('project.id', 'project_id')),
  user: fact(
    'string',
    'Name of the account that caused the event',
    firstOf('user.username', 'user_username', 'username'),
  ),
} as const satisfies FactTable

const PUSH_FACTS: FactTable = {
  ref: fact('string', 'Full name, `refs/heads/main`', 'ref'),
  branch: fact('string', 'Branch pushed to; null for tags', afterPrefix('refs/heads/')),
  tag: fact('string', 'Tag pushed; null for branches', afterPrefix('refs/tags/')),
  commit: fact(
    'string',
    'SHA after the push; zeros where the ref was deleted',
    firstOf('after', 'checkout_sha'),
  ),
  before: fact('string', 'SHA before the push; zeros where the ref is new', 'before'),
  message: fact('string', 'Message of the newest commit', newestCommit('message')),
  author: fact('string', 'Name of the author of the newest commit', newestCommit('author.name')),
  commits: fact('number', 'How many commits were pushed', 'total_commits_count'),
  protected: fact('boolean', 'Whether the ref is protected', 'ref_protected'),
  default_branch: fact('string', 'Default branch of the project', 'project.default_branch'),
}

const MERGE_REQUEST_FACTS: FactTable = {
  ...numbered(),
  branch: fact('string', 'Branch that is to be merged', 'object_attributes.source_branch'),
  target_branch: fact('string', 'Branch to merge into', 'object_attributes.target_branch'),
  source_project: fact(
    'string',
    'Full path of the project the branch is in; another than `project` for a fork',
    'object_attributes.source.path_with_namespace',
  ),
  commit: fact('string', 'SHA at the head of the branch', 'object_attributes.last_commit.id'),
  draft: fact('boolean', 'Whether it is a draft', 'object_attributes.draft'),
  merge_status: fact('string', 'Whether it can be merged', 'object_attributes.merge_status'),
}

const ISSUE_FACTS: FactTable = {
  ...numbered(),
  confidential: fact('boolean', 'Whether it is confidential', 'object_attributes.confidential'),
}

const NOTE_FACTS: FactTable = {
  note: fact('string', 'Text of the comment', 'object_attributes.note'),
  noteable_type: fact(
    'string',
    '`Commit`, `MergeRequest`, `Issue` or `Snippet`',
    'object_attributes.noteable_type',
  ),
  iid: fact(
    'number',
    'Number of the merge request or issue',
    firstOf('merge_request.iid', 'issue.iid'),
  ),
  commit: fact('string', 'SHA of the commit', firstOf('commit.id', 'merge_request.last_commit.id')),
  branch: fact('string', 'Branch of the merge request', 'merge_request.source_branch'),
  url: fact('string', 'Page of the comment', 'object_attributes.url'),
}

const PIPELINE_FACTS: FactTable = {
  pipeline_id: fact('number', 'Id of the pipeline', 'object_attributes.id'),
  status: fact('string', '`running`, `success`, `failed`, …', 'object_attributes.status'),
  ref: fact('string', 'Branch or tag', 'object_attributes.ref'),
  is_tag: fact('boolean', 'Whether `ref` is a tag', 'object_attributes.tag'),
  commit: fact('string', 'SHA of the pipeline', 'object_attributes.sha'),
  trigger: fact('string', 'What started it: `push`, `schedule`, …', 'object_attributes.source'),
  duration: fact('number', 'Run time in seconds; null until done', 'object_attributes.duration'),
  url: fact('string', 'Page of the pipeline', 'object_attributes.url'),
}

const JOB_FACTS: FactTable = {
  job_id: fact('number', 'Id of the job', 'build_id'),
  name: fact('string', 'Name of the job', 'build_name'),
  stage: fact('string', 'Stage of the pipeline', 'build_stage'),
  status: fact('string', '`running`, `success`, `failed`, …', 'build_status'),
  failure_reason: fact('string', 'Why it failed', 'build_failure_reason'),
  duration: fact('number', 'Run time in seconds; null until done', 'build_duration'),
  pipeline_id: fact('number', 'Id of the pipeline', 'pipeline_id'),
  ref: fact('string', 'Branch or tag', 'ref'),
  is_tag: fact('boolean', 'Whether `ref` is a tag', 'tag'),
  commit: fact('string', 'SHA of the job', 'sha'),
}

const RELEASE_FACTS: FactTable = {
  tag: fact('string', 'Tag of the release', 'tag'),
  name: fact('string', 'Name of the release', 'name'),
  commit: fact('string', 'SHA that the tag is on', 'commit.id'),
  url: fact('string', 'Page of the release', 'url'),
}

/** The events that are documented. Any other, of a system hook too, is an event with the general facts. */
export const GITLAB_EVENTS: Readonly<Record<string, EventFacts>> = {
  '*': {
    description: 'Any event of GitLab.',
    facts: {
      event_name: fact('string', 'Name of the event without its action, e.g. `merge_request`', ''),
      action: fact('string', 'What happened, e.g. `open`; null for events without actions', ''),
      ...GENERAL_FACTS,
    },
  },
  push: { description: 'Commits were pushed to a branch.', facts: PUSH_FACTS },
  tag_push: { description: 'A tag was made or deleted.', facts: PUSH_FACTS },
  merge_request: { description: 'Something about a merge request.', facts: MERGE_REQUEST_FACTS },
  issue: { description: 'Something about an issue.', facts: ISSUE_FACTS },
  confidential_issue: {
    description: 'Something about a confidential issue.',
    facts: ISSUE_FACTS,
  },
  note: { description: 'A comment.', facts: NOTE_FACTS },
  confidential_note: {
    description: 'A comment on something confidential, or an internal one.',
    facts: NOTE_FACTS,
  },
  pipeline: { description: 'The status of a pipeline changed.', facts: PIPELINE_FACTS },
  job: { description: 'The status of a job changed.', facts: JOB_FACTS },
  release: { description: 'A release was made, changed or deleted.', facts: RELEASE_FACTS },
  deployment: { description: 'The status of a deployment changed.', facts: {} },
  emoji: { description: 'An emoji reaction was given or taken back.', facts: {} },
  feature_flag: { description: 'A feature flag was switched on or off.', facts: {} },
  member: { description: 'Something about a member of a group.', facts: {} },
  milestone: { description: 'Something about a milestone.', facts: {} },
  project: { description: 'A project of a group was made or deleted.', facts: {} },
  resource_access_token: { description: 'An access token is about to expire.', facts: {} },
  subgroup: { description: 'A subgroup was made or deleted.', facts: {} },
  vulnerability: { description: 'Something about a vulnerability.', facts: {} },
  wiki_page: { description: 'A wiki page was made, changed or deleted.', facts: {} },
}

function numbered(): FactTable {
  return {
    iid: fact('number', 'Number within the project', 'object_attributes.iid'),
    title: fact('string', 'Title', 'object_attributes.title'),
    state: fact('string', '`opened`, `closed`, …', 'object_attributes.state'),
    url: fact('string', 'Page', 'object_attributes.url'),
  }
}

function firstOf(...paths: readonly string[]): (payload: unknown) => unknown {
  const readers = paths.map(pathReader)
  return (payload) => {
    for (const read of readers) {
      const value = read(payload)
      if (value !== undefined && value !== null) return value
    }
    return null
  }
}

function afterPrefix(prefix: string): (payload: unknown) => unknown {
  const refOf = pathReader('ref')
  return (payload) => {
    const ref = refOf(payload)
    return typeof ref === 'string' && ref.startsWith(prefix) ? ref.slice(prefix.length) : null
  }
}

// GitLab lists commits oldest first.
function newestCommit(path: string): (payload: unknown) => unknown {
  const commitsOf = pathReader('commits')
  const read = pathReader(path)
  return (payload) => {
    const commits = commitsOf(payload)
    return Array.isArray(commits) ? read(commits.at(-1)) : null
  }
}
