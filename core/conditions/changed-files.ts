import type { KnownChanges, WebhookEvent } from '../contracts/event.ts'
import { isRecord } from '../kit/is-record.ts'

/** GitHub lists no more commits of a push: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push. */
const MAX_COMMITS = 2048
/** Looking through more would take too many steps. */
const MAX_FILES = 1000
const NO_COMMIT = /^0*$/
const UNKNOWN: KnownChanges = { files: [], isComplete: false }

/**
 * The files that the commits of a push changed, as GitHub, GitLab and Gitea list them. They are not complete for a new
 * branch or a forced push, whose commits are not all of the difference, or if the sender left commits out.
 */
export function changesInPayload({ payload }: Pick<WebhookEvent, 'payload'>): KnownChanges {
  if (!isRecord(payload) || !Array.isArray(payload['commits'])) return UNKNOWN
  const { commits, before, forced, created } = payload
  const files = new Set<string>()
  for (const commit of commits) {
    if (!isRecord(commit)) return UNKNOWN
    for (const list of [commit['added'], commit['modified'], commit['removed']]) {
      if (!Array.isArray(list)) return UNKNOWN
      for (const file of list) {
        if (files.size === MAX_FILES) return { files: [...files], isComplete: false }
        files.add(String(file))
      }
    }
  }
  const total = payload['total_commits_count'] ?? payload['total_commits'] ?? commits.length
  const isWhole = total === commits.length && commits.length > 0 && commits.length < MAX_COMMITS
  const isNew = typeof before !== 'string' || NO_COMMIT.test(before) || created === true
  return { files: [...files], isComplete: isWhole && !isNew && forced !== true }
}
