import {
  apiOption,
  type ChangeLookup,
  changeLookup,
  commitsBy,
  isHooklineError,
  PROJECT_NAME,
  type ProviderApi,
  statusReporter,
  type TaskReporter,
  textsIn,
  valueAt,
} from '../../../core/sdk/source.ts'
import { API_URL, gitlabApi } from './register.ts'

const MAX_DESCRIPTION = 255
/** A server shows 1000 files of a comparison at most, unless it is set up otherwise. */
const MAX_COMPARED = 1000
/** GitLab refuses a state that a status has already. */
const IS_SO_ALREADY = /Cannot transition status via :(enqueue from :pending|run from :running)/

/** The option `api` of a `gitlab` source. */
export const gitlabApiOption = apiOption({
  apiUrl: API_URL,
  token: 'Access token with the scope `api`, of a Developer of the projects at least.',
})

/** What GitLab is told and asked about commits, with this access. */
export const gitlabCommits = commitsBy({
  api: gitlabApi,
  reporter: gitlabReporter,
  changes: gitlabChanges,
})

/** Commit statuses: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status. */
function gitlabReporter(api: ProviderApi): TaskReporter {
  const reporter = statusReporter({
    api,
    repository: PROJECT_NAME,
    path: (project, commit) => `/projects/${encodeURIComponent(project)}/statuses/${commit}`,
    states: {
      ...{ queued: 'pending', running: 'running', succeeded: 'success' },
      ...{ failed: 'failed', cancelled: 'canceled', skipped: 'skipped' },
    },
    maxDescription: MAX_DESCRIPTION,
    body: ({ state, description, report: { name, url } }) => {
      return { state, name, description, ...(url !== null && { target_url: url }) }
    },
  })
  return {
    ...reporter,
    send: async (report, earlier, signal) => {
      try {
        return await reporter.send(report, earlier, signal)
      } catch (error) {
        if (isHooklineError(error) && IS_SO_ALREADY.test(error.message)) return null
        throw error
      }
    },
  }
}

/** https://docs.gitlab.com/api/repositories/#compare-branches-tags-or-commits */
function gitlabChanges(api: ProviderApi): ChangeLookup {
  return changeLookup({
    api: () => api,
    repository: PROJECT_NAME,
    call: (project, from, to) => ({
      path: `/projects/${encodeURIComponent(project)}/repository/compare`,
      query: { from, to, straight: 'true' },
    }),
    read: (body) => {
      const list = valueAt(body, 'diffs')
      const isShort = Array.isArray(list) && list.length < MAX_COMPARED
      const isComplete = isShort && valueAt(body, 'compare_timeout') !== true
      return { files: textsIn(list, 'new_path', 'old_path') ?? [], isComplete }
    },
  })
}
