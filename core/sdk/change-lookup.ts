import type { KnownChanges } from '../contracts/event.ts'
import type { ChangeLookup } from '../contracts/provider/changes.ts'
import type { ApiCall, ProviderApi } from './api/client.ts'
import { orNull } from './api/hook-collection.ts'
import { valueAt } from './events/path.ts'

const COMMIT = /^[0-9a-f]{7,64}$/i
const NO_COMMIT = /^0+$/

/** A provider that compares two commits. */
export interface CompareApi {
  /** The API for a repository. */
  api(repository: string): ProviderApi
  /** Names of repositories as they are in events. */
  readonly repository: RegExp
  call(
    repository: string,
    before: string,
    after: string,
  ): { readonly path: string; readonly query?: ApiCall['query'] }
  /**
   * The files of an answer. `pushed` is the commit that a push replaced, which a forced one does not build on; null for a
   * pull request, whose files are those since it branched off.
   */
  read(body: unknown, pushed: string | null): KnownChanges
}

/** Finds the files of a push, and of a pull request whose payload names the commit that it is based on. */
export function changeLookup({ api, repository, call, read }: CompareApi): ChangeLookup {
  return {
    find: async ({ facts, payload }, signal) => {
      const pushed = facts['before'] ?? null
      const before = pushed ?? valueAt(payload, 'pull_request.base.sha')
      const { repository: name, commit: after } = facts
      const isNamed = typeof name === 'string' && repository.test(name)
      if (!isNamed || !isCommit(before) || !isCommit(after)) return null
      const { path, query } = call(name, before, after)
      const answer = await orNull(api(name).call('GET', path, { signal, ...(query && { query }) }))
      return answer && read(answer.json(), pushed === null ? null : before)
    },
  }
}

function isCommit(value: unknown): value is string {
  return typeof value === 'string' && COMMIT.test(value) && !NO_COMMIT.test(value)
}

/** The values at a path of each item of a list that are texts; null: it is no list. */
export function textsIn(list: unknown, ...paths: readonly string[]): readonly string[] | null {
  if (!Array.isArray(list)) return null
  return list.flatMap((item) => paths.map((path) => valueAt(item, path))).filter(isText)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
