import {
  API_OPTION,
  apiFields,
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
  valueAt,
  z,
} from '../../../core/sdk/source.ts'
import { APP_FIELDS, appToken, githubApi, Installations } from './app.ts'
import { API_URL } from './register.ts'

const MAX_TITLE = 250
const { token, ...common } = apiFields({
  apiUrl: API_URL,
  token:
    'Token that may write commit statuses: fine-grained with the permission Commit statuses (read and write), or classic with `repo:status`.',
})

/** The option `api` of a `github` source. */
export const githubApiOption = z
  .strictObject({
    token: token.optional(),
    app: z
      .strictObject(APP_FIELDS)
      .optional()
      .describe(
        'A GitHub App, which reports by check runs. Its installations need the permission Checks (read and write).',
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

/** By commit statuses with a token, by check runs as an app. */
export function githubReporter(
  { apiUrl, token: given, app }: GithubApi,
  clock: () => number,
): TaskReporter {
  if (given !== undefined || app === undefined) {
    return contextStatuses(githubApi(apiUrl, () => given ?? '', clock))
  }
  const ofApp = githubApi(apiUrl, () => appToken(app, clock()), clock)
  const installations = new Installations(ofApp, clock)
  return checkReporter((path) => {
    const access = (signal: AbortSignal) => installations.tokenOf(path, 'checks', signal)
    return githubApi(apiUrl, access, clock, () => installations.forget(path))
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
