import {
  type EventTable,
  type FactTable,
  firstOf,
  type ValueReader,
  valueAt,
} from '../../../core/sdk/source.ts'
import { eventName } from './names.ts'

/** Where the action of an event is. */
export const ACTION = ['object_attributes.action', 'action'] as const

const PROJECT = [
  'project.path_with_namespace',
  'path_with_namespace',
  'project_path_with_namespace',
] as const

/** Facts of every GitLab event, besides `event_name` and `action`. */
const GENERAL_FACTS: FactTable = {
  project: ['string', 'Full path, `group/name`', ...PROJECT],
  repository: ['string', 'Same as `project`, under the name that other sources use', ...PROJECT],
  project_id: ['number', 'Id of the project', 'project.id', 'project_id'],
  user: [
    'string',
    'Name of the account that caused the event',
    'user.username',
    'user_username',
    'username',
  ],
}

const readRef = firstOf('ref', 'changes.0.ref')
const readAfter = firstOf('after', 'changes.0.after')
/** The SHA that stands for no commit, in SHA-1 or SHA-256. */
const NO_COMMIT = /^0+$/

const PUSH_FACTS: FactTable = {
  ref: ['string', 'Full name, `refs/heads/main`', readRef],
  branch: ['string', 'Branch pushed to; null for tags', afterPrefix('refs/heads/')],
  tag: ['string', 'Tag pushed; null for branches', afterPrefix('refs/tags/')],
  // Of an annotated tag, `after` is the SHA of the tag itself.
  commit: [
    'string',
    'SHA of the commit after the push; zeros where the ref was deleted',
    'checkout_sha',
    readAfter,
  ],
  before: [
    'string',
    'SHA before the push; zeros where the ref is new',
    'before',
    'changes.0.before',
  ],
  deleted: ['boolean', 'Whether the push deleted the ref', isDeleted],
  message: ['string', 'Message of the newest commit', newestCommit('message')],
  author: ['string', 'Name of the author of the newest commit', newestCommit('author.name')],
  commits: ['number', 'Number of commits pushed', 'total_commits_count'],
  protected: ['boolean', 'Whether the ref is protected', 'ref_protected'],
  default_branch: ['string', 'Default branch of the project', 'project.default_branch'],
}

const MERGE_REQUEST_FACTS: FactTable = {
  ...numbered(),
  branch: ['string', 'Branch to merge', 'object_attributes.source_branch'],
  target_branch: ['string', 'Branch to merge into', 'object_attributes.target_branch'],
  source_project: [
    'string',
    'Full path of the project of the branch; differs from `project` for a fork',
    'object_attributes.source.path_with_namespace',
  ],
  commit: ['string', 'SHA at the head of the branch', 'object_attributes.last_commit.id'],
  draft: [
    'boolean',
    'Whether it is a draft',
    'object_attributes.draft',
    'object_attributes.work_in_progress',
  ],
  merge_status: ['string', 'Whether it can be merged', 'object_attributes.merge_status'],
}

const ISSUE_FACTS: FactTable = {
  ...numbered(),
  confidential: ['boolean', 'Whether it is confidential', 'object_attributes.confidential'],
}

const NOTE_FACTS: FactTable = {
  note: ['string', 'Text of the comment', 'object_attributes.note'],
  noteable_type: [
    'string',
    '`Commit`, `MergeRequest`, `Issue` or `Snippet`',
    'object_attributes.noteable_type',
  ],
  iid: ['number', 'Number of the merge request or issue', 'merge_request.iid', 'issue.iid'],
  commit: ['string', 'SHA of the commit', 'commit.id', 'merge_request.last_commit.id'],
  branch: ['string', 'Branch of the merge request', 'merge_request.source_branch'],
  url: ['string', 'URL of the comment', 'object_attributes.url'],
}

const PIPELINE_FACTS: FactTable = {
  pipeline_id: ['number', 'Id of the pipeline', 'object_attributes.id'],
  status: ['string', '`running`, `success`, `failed`, …', 'object_attributes.status'],
  ref: ['string', 'Branch or tag', 'object_attributes.ref'],
  is_tag: ['boolean', 'Whether `ref` is a tag', 'object_attributes.tag'],
  commit: ['string', 'SHA of the pipeline', 'object_attributes.sha'],
  trigger: ['string', 'What started it: `push`, `schedule`, …', 'object_attributes.source'],
  duration: ['number', 'Run time in seconds; null until done', 'object_attributes.duration'],
  url: ['string', 'URL of the pipeline', 'object_attributes.url'],
}

const JOB_FACTS: FactTable = {
  job_id: ['number', 'Id of the job', 'build_id'],
  name: ['string', 'Name of the job', 'build_name'],
  stage: ['string', 'Stage of the pipeline', 'build_stage'],
  status: ['string', '`running`, `success`, `failed`, …', 'build_status'],
  failure_reason: ['string', 'Why it failed', 'build_failure_reason'],
  duration: ['number', 'Run time in seconds; null until done', 'build_duration'],
  pipeline_id: ['number', 'Id of the pipeline', 'pipeline_id'],
  ref: ['string', 'Branch or tag', 'ref'],
  is_tag: ['boolean', 'Whether `ref` is a tag', 'tag'],
  commit: ['string', 'SHA of the job', 'sha'],
}

const RELEASE_FACTS: FactTable = {
  tag: ['string', 'Tag of the release', 'tag'],
  name: ['string', 'Name of the release', 'name'],
  commit: ['string', 'SHA that the tag is on', 'commit.id'],
  url: ['string', 'URL of the release', 'url'],
}

/** The documented events. Any other event, also of a system hook, has the general facts. */
export const GITLAB_EVENTS = {
  '*': {
    description: 'Any event of GitLab.',
    facts: {
      event_name: [
        'string',
        'Name of the event without its action, e.g. `merge_request`',
        eventName,
      ],
      action: ['string', 'What happened, e.g. `open`; null for events without actions', ...ACTION],
      ...GENERAL_FACTS,
    },
  },
  push: { description: 'Commits were pushed to a branch.', facts: PUSH_FACTS },
  tag_push: { description: 'A tag was created or deleted.', facts: PUSH_FACTS },
  repository_update: {
    description: 'A branch or tag was pushed, whichever it is. Sent by system hooks only.',
    facts: PUSH_FACTS,
  },
  merge_request: { description: 'Activity on a merge request.', facts: MERGE_REQUEST_FACTS },
  issue: { description: 'Activity on an issue.', facts: ISSUE_FACTS },
  confidential_issue: {
    description: 'Activity on a confidential issue.',
    facts: ISSUE_FACTS,
  },
  note: { description: 'A comment.', facts: NOTE_FACTS },
  confidential_note: {
    description: 'A comment on something confidential, or an internal one.',
    facts: NOTE_FACTS,
  },
  pipeline: { description: 'The status of a pipeline changed.', facts: PIPELINE_FACTS },
  job: { description: 'The status of a job changed.', facts: JOB_FACTS },
  release: { description: 'A release was created, changed or deleted.', facts: RELEASE_FACTS },
  deployment: 'The status of a deployment changed.',
  emoji: 'An emoji reaction was added or removed.',
  feature_flag: 'A feature flag was switched on or off.',
  member: 'Activity on a member of a group.',
  milestone: 'Activity on a milestone.',
  project: 'A project of a group was created or deleted.',
  resource_access_token: 'An access token is about to expire.',
  subgroup: 'A subgroup was created or deleted.',
  vulnerability: 'Activity on a vulnerability.',
  wiki_page: 'A wiki page was created, changed or deleted.',
} satisfies EventTable

function numbered(): FactTable {
  return {
    iid: ['number', 'Number within the project', 'object_attributes.iid'],
    title: ['string', 'Title', 'object_attributes.title'],
    state: ['string', '`opened`, `closed`, …', 'object_attributes.state'],
    url: ['string', 'URL', 'object_attributes.url'],
  }
}

function afterPrefix(prefix: string): ValueReader {
  return (payload, headers) => {
    const ref = readRef(payload, headers)
    return typeof ref === 'string' && ref.startsWith(prefix) ? ref.slice(prefix.length) : null
  }
}

function isDeleted(...from: Parameters<ValueReader>): boolean | null {
  const after = readAfter(...from)
  return typeof after === 'string' ? NO_COMMIT.test(after) : null
}

// GitLab lists commits oldest first.
function newestCommit(path: string): ValueReader {
  return ({ commits }) => (Array.isArray(commits) ? valueAt(commits.at(-1), path) : null)
}
