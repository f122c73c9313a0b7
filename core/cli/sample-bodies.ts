import type { RunningRule, RunningSource } from '../contracts/config.ts'

const COMMIT = '4f9c0d1b7a3e5f60718293a4b5c6d7e8f9012345'
const BEFORE = '1a2b3c4d5e6f708192a3b4c5d6e7f80912345678'
const COMMIT_FACTS = {
  id: COMMIT,
  message: 'Try Hookline',
  timestamp: '2026-01-01T12:00:00Z',
  url: `https://example.com/octocat/hello-world/commit/${COMMIT}`,
  author: { name: 'Mona Octocat', email: 'octocat@example.com' },
}

/** Small bodies in the senders' own form, by plugin and event, so that a first `send` needs no file. */
const SAMPLES: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  github: {
    ping: { zen: 'Keep it logically awesome.', hook_id: 1, hook: { type: 'Repository' } },
    push: {
      ref: 'refs/heads/main',
      before: BEFORE,
      after: COMMIT,
      created: false,
      deleted: false,
      forced: false,
      compare: 'https://example.com/octocat/hello-world/compare',
      repository: {
        id: 1,
        name: 'hello-world',
        full_name: 'octocat/hello-world',
        default_branch: 'main',
        owner: { login: 'octocat' },
      },
      pusher: { name: 'octocat', email: 'octocat@example.com' },
      sender: { login: 'octocat' },
      head_commit: COMMIT_FACTS,
      commits: [COMMIT_FACTS],
    },
  },
  gitlab: {
    push: {
      object_kind: 'push',
      event_name: 'push',
      ref: 'refs/heads/main',
      before: BEFORE,
      after: COMMIT,
      checkout_sha: COMMIT,
      user_username: 'octocat',
      project_id: 1,
      project: { id: 1, path_with_namespace: 'octocat/hello-world', default_branch: 'main' },
      total_commits_count: 1,
      commits: [COMMIT_FACTS],
    },
  },
}

/** The sample for an event; a small JSON object for what has none of its own. */
export function sampleBody(plugin: string, event: string): string {
  const own = SAMPLES[plugin]?.[event]
  const sample = own ?? { event, data: 'sample', size: 12, message: 'Sent by hookline send' }
  return JSON.stringify(sample)
}

/** An event worth trying: one that has a sample, else one that a rule listens to. */
export function exampleEvent(source: RunningSource, rules: readonly RunningRule[]): string {
  if (SAMPLES[source.definition.name]?.['push'] !== undefined) return 'push'
  const prefix = `${source.name}.`
  const rule = rules.find(({ on }) => on.startsWith(prefix))
  return rule?.on.slice(prefix.length) ?? 'test'
}
