import {
  API_OPTION,
  apiFields,
  contextStatuses,
  type ProviderApi,
  type TaskReporter,
  z,
} from '../../../core/sdk/source.ts'
import { API_URL } from './register.ts'

/** The option `api` of a `gitea` source. */
export const giteaApiOption = z
  .strictObject(
    apiFields({
      apiUrl: API_URL,
      token: 'Access token with the scope `write:repository`.',
    }),
  )
  .optional()
  .describe(API_OPTION)

/** Commit statuses of Gitea and Forgejo: https://docs.gitea.com/api/#tag/repository/operation/repoCreateStatus. */
export function giteaReporter(api: ProviderApi): TaskReporter {
  return contextStatuses(api)
}
