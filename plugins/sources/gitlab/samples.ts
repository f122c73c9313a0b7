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
export const GITLAB_SAMPLES: Readonly<Record<string, object>> = {
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
}
