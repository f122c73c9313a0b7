import { createHash } from 'node:crypto'
import {
  API_OPTION,
  apiOption,
  type ChangeLookup,
  changeLookup,
  commitsBy,
  type ProviderApi,
  REPOSITORY_NAME,
  statusReporter,
  type TaskReporter,
  textsIn,
  valueAt,
} from '../../../core/sdk/source.ts'
import { API_URL, bitbucketApi } from './register.ts'

const MAX_DESCRIPTION = 255
const MAX_KEY = 40
const PAGE = 500

/** The option `api` of a `bitbucket` source. */
export const bitbucketApiOption = apiOption({
  apiUrl: API_URL,
  token: 'Access token with the scope `repository:write`, or an API token as `email:token`.',
}).describe(`${API_OPTION} Bitbucket Cloud only.`)

/** What Bitbucket is told and asked about commits, with this access. */
export const bitbucketCommits = commitsBy({
  api: bitbucketApi,
  reporter: bitbucketReporter,
  changes: bitbucketChanges,
})

/** Build statuses of Cloud: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/. */
function bitbucketReporter(api: ProviderApi): TaskReporter {
  return statusReporter({
    api,
    repository: REPOSITORY_NAME,
    path: (repository, commit) => `/repositories/${repository}/commit/${commit}/statuses/build`,
    states: {
      ...{ queued: 'INPROGRESS', running: 'INPROGRESS', succeeded: 'SUCCESSFUL' },
      ...{ failed: 'FAILED', cancelled: 'STOPPED', skipped: 'SUCCESSFUL' },
    },
    maxDescription: MAX_DESCRIPTION,
    body: ({ state, description, report: { name, repository, commit, url } }) => ({
      key: keyOf(name),
      state,
      name,
      description,
      // It must be there.
      url: url ?? `https://bitbucket.org/${repository}/commits/${commit}`,
    }),
  })
}

function keyOf(name: string): string {
  if (name.length <= MAX_KEY) return name
  return createHash('sha256').update(name).digest('hex').slice(0, MAX_KEY)
}

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commits/#api-repositories-workspace-repo-slug-diffstat-spec-get */
function bitbucketChanges(api: ProviderApi): ChangeLookup {
  return changeLookup({
    api: () => api,
    repository: REPOSITORY_NAME,
    call: (repository, before, after) => ({
      path: `/repositories/${repository}/diffstat/${after}..${before}`,
      // Between the two commits themselves, also after a forced push.
      query: { pagelen: PAGE, topic: 'false' },
    }),
    read: (body) => {
      const files = textsIn(valueAt(body, 'values'), 'new.path', 'old.path')
      const isComplete = files !== null && valueAt(body, 'next') === undefined
      return { files: files ?? [], isComplete }
    },
  })
}
