import type { FactSample } from './sample.ts'

const ZEROS = '0'.repeat(40)
const project = { id: 15, path_with_namespace: 'mike/diaspora', default_branch: 'main' }
const gitea = { repository: { full_name: 'a/b' }, sender: { login: 'ada' } }
const cloud = { actor: { nickname: 'ada' }, repository: { full_name: 'team/harbor' } }
const dataCenter = {
  actor: { name: 'admin', displayName: 'Administrator' },
  repository: { slug: 'harbor', project: { key: 'PROJ' } },
}
const circleci = (pipeline: object) => ({
  type: 'workflow-completed',
  id: '1',
  happened_at: '2026-01-15T11:59:58Z',
  project: { slug: 'github/a/b' },
  workflow: { name: 'build', status: 'success', url: 'https://app.circleci.com/w' },
  pipeline: { number: 7, ...pipeline },
})
const vercel = (type: string, payload: object) => ({
  id: '1',
  type,
  createdAt: 1,
  region: 'sfo1',
  payload: { user: { id: 'u' }, team: { id: 't' }, project: { id: 'p' }, ...payload },
})

/** By the vendors' documents. What GitHub sends is looked at in its recorded deliveries. */
export const CODE: readonly FactSample[] = [
  {
    source: 'gitlab',
    type: 'tag_push',
    headers: { 'x-gitlab-event': 'Tag Push Hook' },
    // Of an annotated tag: https://docs.gitlab.com/user/project/integrations/webhook_events/#tag-events
    body: {
      object_kind: 'tag_push',
      event_name: 'tag_push',
      before: ZEROS,
      after: '82b3d5ae55f7080f1e6022629cdb57bfae7cccc7',
      ref: 'refs/tags/v1.0.0',
      ref_protected: true,
      checkout_sha: '5937ac0a7beb003549fc5fd26fc247adbce4a52e',
      user_username: 'jsmith',
      project_id: 15,
      project,
      commits: [],
      total_commits_count: 0,
    },
    nulls: ['action', 'branch', 'message', 'author'],
    facts: { commit: '5937ac0a7beb003549fc5fd26fc247adbce4a52e', deleted: false, tag: 'v1.0.0' },
  },
  {
    source: 'gitlab',
    type: 'push',
    headers: { 'x-gitlab-event': 'Push Hook' },
    // The deletion of a branch.
    body: {
      object_kind: 'push',
      before: '95790bf891e76fee5e1747ab589903a6a1f80f22',
      after: ZEROS,
      ref: 'refs/heads/quay',
      ref_protected: false,
      checkout_sha: null,
      user_username: 'jsmith',
      project_id: 15,
      project,
      commits: [],
      total_commits_count: 0,
    },
    nulls: ['action', 'tag', 'message', 'author'],
    facts: { commit: ZEROS, deleted: true, branch: 'quay' },
  },
  {
    source: 'gitlab',
    type: 'user_add_to_team',
    headers: { 'x-gitlab-event': 'System Hook' },
    body: {
      event_name: 'user_add_to_team',
      project_id: 74,
      project_path_with_namespace: 'jsmith/store',
      user_username: 'johnsmith',
    },
    nulls: ['action'],
    facts: { project: 'jsmith/store' },
  },
  {
    source: 'gitea',
    type: 'push',
    headers: { 'x-gitea-event': 'push' },
    body: {
      ...gitea,
      ref: 'refs/tags/v1',
      before: ZEROS,
      after: 'the tag',
      head_commit: { id: 'the commit', message: 'Widen the quay' },
      pusher: { login: 'ada' },
      total_commits: 1,
    },
    nulls: ['action', 'branch'],
    facts: { commit: 'the commit', deleted: false },
  },
  {
    source: 'gitea',
    type: 'push',
    headers: { 'x-gitea-event': 'push' },
    body: { ...gitea, ref: 'refs/heads/a', before: 'b', after: ZEROS, head_commit: null },
    nulls: ['action', 'tag', 'message', 'pusher', 'commits'],
    facts: { commit: ZEROS, deleted: true },
  },
  {
    source: 'bitbucket',
    type: 'repo:push',
    headers: { 'x-event-key': 'repo:push' },
    body: {
      ...cloud,
      push: {
        changes: [
          {
            old: { type: 'branch', name: 'quay', target: { hash: 'abc' } },
            new: null,
            closed: true,
          },
        ],
      },
    },
    nulls: ['commit', 'message'],
    facts: { branch: 'quay', deleted: true, before: 'abc' },
  },
  {
    source: 'bitbucket',
    type: 'repo:refs_changed',
    headers: { 'x-event-key': 'repo:refs_changed' },
    body: {
      ...dataCenter,
      changes: [
        {
          ref: { id: 'refs/heads/a', displayId: 'a', type: 'BRANCH' },
          fromHash: 'f',
          toHash: 't',
          type: 'UPDATE',
        },
      ],
      toCommit: { id: 't', message: 'Widen the quay' },
    },
    nulls: [],
    facts: { repository: 'PROJ/harbor', deleted: false, message: 'Widen the quay' },
  },
  {
    source: 'bitbucket',
    type: 'repo:refs_changed',
    headers: { 'x-event-key': 'repo:refs_changed' },
    body: {
      ...dataCenter,
      changes: [
        { ref: { displayId: 'a', type: 'BRANCH' }, fromHash: 'f', toHash: ZEROS, type: 'DELETE' },
      ],
    },
    nulls: ['message'],
    facts: { deleted: true, commit: ZEROS },
  },
  {
    source: 'circleci',
    type: 'workflow-completed',
    body: circleci({
      vcs: {
        origin_repository_url: 'https://github.com/a/b',
        revision: 'abc',
        branch: 'main',
        commit: { author: { name: 'Ada' } },
      },
    }),
    nulls: ['tag'],
  },
  {
    source: 'circleci',
    type: 'workflow-completed',
    body: circleci({
      trigger_parameters: {
        git: {
          repo_url: 'https://github.com/a/b',
          checkout_sha: 'abc',
          tag: 'v1',
          commit_author_name: 'Ada',
        },
      },
    }),
    nulls: ['branch'],
    facts: { tag: 'v1' },
  },
  {
    source: 'vercel',
    type: 'deployment.succeeded',
    body: vercel('deployment.succeeded', {
      deployment: {
        id: 'dpl_1',
        name: 'harbor',
        url: 'harbor.vercel.app',
        meta: { githubCommitRef: 'main', githubCommitSha: 'abc', githubCommitAuthorLogin: 'ada' },
      },
      target: null,
    }),
    // A preview.
    nulls: ['target'],
  },
  {
    source: 'buildkite',
    type: 'job.finished',
    body: {
      event: 'job.finished',
      job: { name: 'test', state: 'finished', exit_status: 1 },
      build: {
        branch: 'main',
        commit: 'abc',
        tag: null,
        number: 1,
        state: 'failed',
        message: 'm',
        web_url: 'u',
        creator: { name: 'Ada' },
      },
      pipeline: { slug: 'p', repository: 'git@github.com:a/b' },
      sender: null,
    },
    nulls: ['tag'],
    facts: { sender: 'Ada' },
  },
  {
    source: 'dockerhub',
    type: 'push',
    body: {
      push_data: { pushed_at: 1, pusher: 'ada', tag: 'latest' },
      repository: { repo_name: 'a/b', namespace: 'a', is_private: false, repo_url: 'u' },
    },
    nulls: [],
  },
  {
    source: 'sentry',
    type: 'error.created',
    headers: { 'sentry-hook-resource': 'error' },
    body: {
      action: 'created',
      actor: { name: 'Sentry' },
      installation: { uuid: 'i' },
      data: {
        error: {
          event_id: 'e',
          issue_id: 11,
          title: 't',
          level: 'error',
          culprit: 'c',
          release: 'r',
          web_url: 'u',
        },
      },
    },
    nulls: ['alert'],
    facts: { issue: '11' },
  },
]
