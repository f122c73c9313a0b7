import { z } from 'zod'
import type { ChangeLookup } from '../../contracts/provider/changes.ts'
import type { ReportedState, TaskReport, TaskReporter } from '../../contracts/provider/report.ts'
import { HooklineError } from '../../errors/errors.ts'
import { secret } from '../../kit/secret.ts'
import type { ProviderApi } from './client.ts'
import { REPOSITORY_NAME } from './hook-targets.ts'

const API_URL = z.url({ protocol: /^https?$/ })
const COMMIT = /^[0-9a-f]{7,64}$/i

/** Fields of the option `api` of a source: `token`, `apiUrl`. */
export function apiFields(texts: { readonly apiUrl: string; readonly token: string }) {
  return {
    token: secret().describe(texts.token),
    apiUrl: API_URL.default(texts.apiUrl).describe('Address of the API.'),
  }
}

/** What the option `api` is for. */
export const API_OPTION =
  'Access to the API, for the `report` of rules. Default: that of `register`, if there is one.'

/** Fields of the option `api` of a source that has the option `register`, too. */
export function accessFields(texts: { readonly apiUrl: string; readonly token: string }) {
  const address = `Address of the API. Default: that of \`register\`, or \`${texts.apiUrl}\`.`
  return { ...apiFields(texts), apiUrl: API_URL.optional().describe(address) }
}

/** The option `api` of such a source, which needs nothing but a token. */
export function apiOption(texts: { readonly apiUrl: string; readonly token: string }) {
  return z.strictObject(accessFields(texts)).optional().describe(API_OPTION)
}

/** The access that `api` gives, at the address of `register` unless it has its own; without `api`, that of `register`. */
export function apiAccess<
  Api extends { readonly apiUrl?: string | undefined },
  Register extends { readonly apiUrl: string },
>(
  { api, register }: { readonly api?: Api | undefined; readonly register?: Register | undefined },
  standardUrl: string,
): (Api & { readonly apiUrl: string }) | Register | undefined {
  if (api === undefined) return register
  return { ...api, apiUrl: api.apiUrl ?? register?.apiUrl ?? standardUrl }
}

interface CommitParts {
  api(access: { readonly apiUrl: string; readonly token: string }, clock: () => number): ProviderApi
  reporter(api: ProviderApi): TaskReporter
  changes(api: ProviderApi): ChangeLookup
}

/** What a provider with one kind of access is told and asked about commits; nothing without access. */
export function commitsBy({ api, reporter, changes }: CommitParts) {
  return (
    access: Parameters<CommitParts['api']>[0] | undefined,
    clock: () => number,
  ): { readonly reporter?: TaskReporter; readonly changes?: ChangeLookup } => {
    if (access === undefined) return {}
    const made = api(access, clock)
    return { reporter: reporter(made), changes: changes(made) }
  }
}

/** A provider with states of commits that have a name. A later one of the same name replaces an earlier one. */
export interface StatusApi {
  readonly api: ProviderApi
  /** Names of repositories as they are in events. */
  readonly repository: RegExp
  path(repository: string, commit: string): string
  /** The provider's words. */
  readonly states: Readonly<Record<ReportedState, string>>
  /** Characters of a description that it takes. */
  readonly maxDescription: number
  body(status: CommitStatus): Readonly<Record<string, string | undefined>>
}

export interface CommitStatus {
  readonly state: string
  /** Shortened. */
  readonly description: string
  readonly report: TaskReport
}

/** Reports tasks as states of commits. */
export function statusReporter(status: StatusApi): TaskReporter {
  const { api, states, maxDescription } = status
  return {
    needsCommit: true,
    send: async (report, _earlier, signal) => {
      const { repository, commit } = checkedPlace(report, status.repository)
      const description = shortened(report.description, maxDescription)
      const json = status.body({ state: states[report.state], description, report })
      await api.call('POST', status.path(repository, commit), { signal, json })
      return null
    },
  }
}

/** Statuses as GitHub has them, and Gitea too: by commit and `context`. */
export function contextStatuses(api: ProviderApi): TaskReporter {
  return statusReporter({
    api,
    repository: REPOSITORY_NAME,
    path: (repository, commit) => `/repos/${repository}/statuses/${commit}`,
    states: {
      ...{ queued: 'pending', running: 'pending', succeeded: 'success' },
      ...{ failed: 'failure', cancelled: 'error', skipped: 'success' },
    },
    maxDescription: 140,
    body: ({ state, description, report: { name: context, url } }) => {
      return { state, context, description, ...(url !== null && { target_url: url }) }
    },
  })
}

/** Where a report belongs. An event could name anything, and this becomes a path of the API. */
export function checkedPlace(
  { repository, commit }: Pick<TaskReport, 'repository' | 'commit'>,
  pattern: RegExp,
): Pick<TaskReport, 'repository' | 'commit'> {
  if (pattern.test(repository) && COMMIT.test(commit)) return { repository, commit }
  const message = 'The event names no repository and commit in the form of the provider'
  throw new HooklineError('report_no_commit', message)
}

/** A text with at most so many characters, none of them half: providers refuse JSON with a lone surrogate. */
export function shortened(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1).toWellFormed()}…` : text
}

/** Output as a block of code in Markdown, whatever is in it; empty if there is none. */
export function codeFence(output: string): string {
  if (output === '') return ''
  const runs = output.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(3, ...runs.map(({ length }) => length + 1)))
  return `${fence}text\n${output}\n${fence}`
}
