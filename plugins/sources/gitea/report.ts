import {
  apiOption,
  type ChangeLookup,
  changeLookup,
  commitsBy,
  contextStatuses,
  type ProviderApi,
  REPOSITORY_NAME,
  textsIn,
  valueAt,
} from '../../../core/sdk/source.ts'
import { API_URL, giteaApi } from './register.ts'

/** The option `api` of a `gitea` source. */
export const giteaApiOption = apiOption({
  apiUrl: API_URL,
  token: 'Access token with the scope `write:repository`.',
})

/**
 * What Gitea or Forgejo is told and asked about commits, with this access. It is told by commit statuses:
 * https://docs.gitea.com/api/#tag/repository/operation/repoCreateStatus.
 */
export const giteaCommits = commitsBy({
  api: giteaApi,
  reporter: contextStatuses,
  changes: giteaChanges,
})

/** https://docs.gitea.com/api/#tag/repository/operation/repoCompareDiff */
function giteaChanges(api: ProviderApi): ChangeLookup {
  return changeLookup({
    api: () => api,
    repository: REPOSITORY_NAME,
    call: (repository, before, after) => {
      return { path: `/repos/${repository}/compare/${before}...${after}` }
    },
    read: (body, pushed) => {
      const commits = valueAt(body, 'commits')
      const lists = Array.isArray(commits) ? commits.map((commit) => valueAt(commit, 'files')) : []
      const files = lists.flatMap((list) => textsIn(list, 'filename') ?? [])
      const isWhole = lists.length === valueAt(body, 'total_commits') && lists.every(Array.isArray)
      // What a forced push took away is in none of these commits.
      const parents = Array.isArray(commits)
        ? commits.flatMap((commit) => textsIn(valueAt(commit, 'parents'), 'sha') ?? [])
        : []
      return { files, isComplete: isWhole && (pushed === null || parents.includes(pushed)) }
    },
  })
}
