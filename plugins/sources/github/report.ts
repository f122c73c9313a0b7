import {
  API_OPTION,
  accessFields,
  type ChangeLookup,
  changeLookup,
  checkedPlace,
  codeFence,
  contextStatuses,
  HooklineError,
  isJsonObject,
  type ProviderApi,
  REPOSITORY_NAME,
  type ReportedState,
  type RerunRequest,
  shortened,
  type TaskReport,
  type TaskReporter,
  textsIn,
  valueAt,
  z,
} from '../../../core/sdk/source.ts'
import { APP_FIELDS, appToken, githubApi, Installations } from './app.ts'
import { API_URL } from './register.ts'

const MAX_TITLE = 250
/** The API tells no more files of a comparison. */
const MAX_COMPARED = 300
const { token, ...common } = accessFields({
  apiUrl: API_URL,
  token:
    'Token that may write commit statuses: fine-grained with the permission Commit statuses (read and write), or classic with `repo:status`. For `changedFiles`, also Contents (read).',
})

/** The option `api` of a `github` source. */
export const githubApiOption = z
  .strictObject({
    token: token.optional(),
    app: z
      .strictObject(APP_FIELDS)
      .optional()
      .describe(
        'A GitHub App, which reports by check runs. Its installations need the permission Checks (read and write), and Contents (read) for `changedFiles`.',
      ),
    ...common,
  })
  .refine(({ token: given, app }) => given !== undefined || app !== undefined, {
    message: 'needs `token` or `app`',
  })
  .optional()
  .describe(API_OPTION)

/** How GitHub is called. */
export interface GithubApi {
  readonly apiUrl: string
  readonly token?: string | undefined
  readonly app?: { readonly id: string | number; readonly privateKey: string } | undefined
}

/** What GitHub is told and asked about commits. */
export function githubCommits(
  { apiUrl, token: given, app }: GithubApi,
  clock: () => number,
): { readonly reporter: TaskReporter; readonly changes: ChangeLookup } {
  if (given !== undefined || app === undefined) {
    const api = githubApi(apiUrl, () => given ?? '', clock)
    return { reporter: contextStatuses(api), changes: githubChanges(() => api) }
  }
  const ofApp = githubApi(apiUrl, () => appToken(app, clock()), clock)
  const installations = new Installations(ofApp, clock)
  const apiFor = (permission: string) => (path: string) => {
    const access = (signal: AbortSignal) => installations.tokenOf(path, permission, signal)
    return githubApi(apiUrl, access, clock, () => installations.forget(path))
  }
  return { reporter: checkReporter(apiFor('checks')), changes: githubChanges(apiFor('contents')) }
}

/** https://docs.github.com/en/rest/commits/commits#compare-two-commits */
function githubChanges(apiAt: (path: string) => ProviderApi): ChangeLookup {
  return changeLookup({
    api: (repository) => apiAt(`/repos/${repository}`),
    repository: REPOSITORY_NAME,
    call: (repository, before, after) => {
      return { path: `/repos/${repository}/compare/${before}...${after}` }
    },
    read: (body, pushed) => {
      const list = valueAt(body, 'files')
      const files = textsIn(list, 'filename', 'previous_filename') ?? []
      const isWhole = Array.isArray(list) && list.length < MAX_COMPARED
      // The files are those since both commits had the same history, so what a forced push took away is not among them.
      const isForced = pushed !== null && valueAt(body, 'behind_by') !== 0
      return { files, isComplete: isWhole && !isForced }
    },
  })
}

const CONCLUSIONS: Partial<Record<ReportedState, string>> = {
  ...{ succeeded: 'success', failed: 'failure', cancelled: 'cancelled', skipped: 'skipped' },
}

/** Check runs: https://docs.github.com/en/rest/checks/runs. */
function checkReporter(apiAt: (path: string) => ProviderApi): TaskReporter {
  async function idOf(report: TaskReport, place: string, signal: AbortSignal) {
    const path = `${place}/commits/${report.commit}/check-runs`
    const query = { check_name: report.name, filter: 'all', per_page: 100 }
    const body = (await apiAt(place).call('GET', path, { signal, query })).json()
    const runs = isJsonObject(body) && Array.isArray(body['check_runs']) ? body['check_runs'] : []
    const own = runs.filter((run) => valueAt(run, 'external_id') === report.taskId)
    const open = own.find((run) => valueAt(run, 'status') !== 'completed')
    const id = valueAt(open ?? own[0], 'id')
    return id === undefined ? null : String(id)
  }

  return {
    needsCommit: true,
    send: async (report, { ref, mayExist }, signal) => {
      const { repository, commit } = checkedPlace(report, REPOSITORY_NAME)
      const place = `/repos/${repository}`
      const known = ref ?? (mayExist ? await idOf(report, place, signal) : null)
      const json = {
        ...(known === null && { head_sha: commit, external_id: report.taskId }),
        ...checkRun(report),
      }
      const api = apiAt(place)
      const answer =
        known === null
          ? await api.call('POST', `${place}/check-runs`, { signal, json })
          : await api.call('PATCH', `${place}/check-runs/${encodeURIComponent(known)}`, {
              signal,
              json,
            })
      const body = answer.json()
      const id = isJsonObject(body) ? body['id'] : null
      if (id != null) return String(id)
      const message = `GitHub: the answer about the check run of ${repository} has no id`
      throw new HooklineError('provider_answer_unusable', message)
    },
    rerunTypes: ['check_run.rerequested', 'check_suite.rerequested'],
    readRerun,
  }
}

function checkRun(report: TaskReport) {
  const { name, state, description, url, startedAt, endedAt, output } = report
  const conclusion = CONCLUSIONS[state]
  const status = state === 'queued' ? 'queued' : 'in_progress'
  return {
    name,
    ...(url !== null && { details_url: url }),
    ...(startedAt !== null && { started_at: startedAt.toISOString() }),
    ...(conclusion === undefined
      ? { status }
      : {
          status: 'completed',
          conclusion,
          ...(endedAt !== null && { completed_at: endedAt.toISOString() }),
        }),
    output: {
      title: shortened(description, MAX_TITLE),
      summary: [description.replaceAll('<', '&lt;'), codeFence(output)]
        .filter(Boolean)
        .join('\n\n'),
    },
  }
}

function readRerun(payload: unknown): RerunRequest | null {
  const repository = valueAt(payload, 'repository.full_name')
  const run = valueAt(payload, 'check_run')
  const commit = valueAt(run ?? valueAt(payload, 'check_suite'), 'head_sha')
  const taskId = valueAt(run, 'external_id')
  if (typeof repository !== 'string' || typeof commit !== 'string') return null
  if (run === undefined) return { repository, commit, taskId: null }
  return typeof taskId === 'string' && taskId !== '' ? { repository, commit, taskId } : null
}
