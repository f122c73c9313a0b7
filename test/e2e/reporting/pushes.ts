import { createHmac } from 'node:crypto'
import { HOOK_SECRET } from '../../fixtures/providers/deliveries.ts'

export const COMMIT = '4f9c0d1b7a3e5f60718293a4b5c6d7e8f9012345'

interface SentRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly payload: object
}

const mac = (payload: object) =>
  createHmac('sha256', HOOK_SECRET).update(JSON.stringify(payload)).digest('hex')

/** An event of GitHub. */
export function githubEvent(type: string, payload: object): SentRequest {
  const headers = {
    'X-GitHub-Event': type,
    'X-GitHub-Delivery': crypto.randomUUID(),
    'X-Hub-Signature-256': `sha256=${mac(payload)}`,
  }
  return { headers, payload }
}

const BEFORE = '1a2b3c4d5e6f708192a3b4c5d6e7f80912345678'
const ref = { ref: 'refs/heads/main', before: BEFORE, after: COMMIT }

/** A push as each provider sends it, of one commit in `acme/shop`. */
export const PUSHES: Readonly<Record<string, () => SentRequest>> = {
  github: () => githubEvent('push', { ...ref, repository: { full_name: 'acme/shop' } }),
  gitlab: () => ({
    headers: { 'X-Gitlab-Event': 'Push Hook', 'X-Gitlab-Token': HOOK_SECRET },
    payload: {
      ...{ object_kind: 'push', ...ref, checkout_sha: COMMIT },
      project: { path_with_namespace: 'acme/tools/shop' },
    },
  }),
  gitea: () => {
    const payload = { ...ref, repository: { full_name: 'acme/shop' } }
    return { headers: { 'X-Gitea-Event': 'push', 'X-Gitea-Signature': mac(payload) }, payload }
  },
  bitbucket: () => {
    const target = { type: 'commit', hash: COMMIT, message: 'one' }
    const branch = { type: 'branch', name: 'main' }
    const change = { new: { ...branch, target }, old: { ...branch, target: { hash: BEFORE } } }
    const payload = {
      repository: { full_name: 'acme/shop' },
      push: { changes: [change] },
    }
    const headers = { 'X-Event-Key': 'repo:push', 'X-Hub-Signature': `sha256=${mac(payload)}` }
    return { headers, payload }
  },
}

/** Delivers to a source; the status and how long it took. */
export async function deliver(url: string, { headers, payload }: SentRequest) {
  const begun = performance.now()
  const { status } = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(payload),
  })
  return { status, ms: performance.now() - begun }
}
