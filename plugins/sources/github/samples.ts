const COMMIT = '4f9c0d1b7a3e5f60718293a4b5c6d7e8f9012345'
const BEFORE = '1a2b3c4d5e6f708192a3b4c5d6e7f80912345678'
const COMMIT_FACTS = {
  id: COMMIT,
  message: 'Try Hookline',
  timestamp: '2026-01-01T12:00:00Z',
  url: `https://example.com/octocat/hello-world/commit/${COMMIT}`,
  author: { name: 'Mona Octocat', email: 'octocat@example.com' },
}

/** Bodies of test deliveries by event. */
export const GITHUB_SAMPLES: Readonly<Record<string, object>> = {
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
}
