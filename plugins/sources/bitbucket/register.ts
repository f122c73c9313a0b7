import {
  type ApiAnswer,
  collectionRegistrar,
  GROUP_NAME,
  type HookRegistrar,
  hookMark,
  hookTargets,
  isJsonObject,
  ProviderApi,
  REPOSITORY_NAME,
  type RemoteHook,
  registerEvents,
  registerFields,
  registerNames,
  type TargetKind,
  z,
} from '../../../core/sdk/source.ts'

export const API_URL = 'https://api.bitbucket.org/2.0'
const REPOSITORIES: TargetKind = {
  prefix: '',
  form: 'workspace/repository',
  pattern: REPOSITORY_NAME,
  path: (name) => `/repositories/${name}/hooks`,
}
const WORKSPACES: TargetKind = {
  prefix: 'workspace:',
  form: 'workspace',
  pattern: GROUP_NAME,
  path: (name) => `/workspaces/${name}/hooks`,
}

/** The option `register` of a `bitbucket` source. */
export const bitbucketRegister = z
  .strictObject({
    repositories: registerNames(REPOSITORIES, 'Repositories, each as `workspace/repository`.'),
    workspaces: registerNames(WORKSPACES, 'Workspaces: one webhook for all of their repositories.'),
    events: registerEvents('`repo:push`, `pullrequest:created`'),
    ...registerFields({
      apiUrl: API_URL,
      token: 'Access token with the scope `webhook`, or an API token as `email:token`.',
    }),
  })
  .optional()
  .describe('Registers the webhooks at Bitbucket Cloud; not at Data Center.')

type BitbucketRegister = NonNullable<z.output<typeof bitbucketRegister>>

export function bitbucketApi(
  { apiUrl, token }: Pick<BitbucketRegister, 'apiUrl' | 'token'>,
  clock: () => number,
): ProviderApi {
  // An API token comes with the address of its account in front.
  const authorization = /:/.test(token)
    ? `Basic ${Buffer.from(token).toString('base64')}`
    : `Bearer ${token}`
  return new ProviderApi({
    provider: 'Bitbucket',
    baseUrl: apiUrl,
    authorize: () => ({ authorization }),
    secrets: [token],
    clock,
  })
}

/** Registers webhooks of repositories and workspaces in Bitbucket Cloud. `types` are all that it knows. */
export function bitbucketRegistrar(
  options: BitbucketRegister,
  types: readonly string[],
  hookSecret: string,
  clock: () => number,
): HookRegistrar {
  const { targets, others, path } = hookTargets(
    [REPOSITORIES, options.repositories],
    [WORKSPACES, options.workspaces],
  )
  const api = bitbucketApi(options, clock)
  return {
    ...{ targets, others },
    ...collectionRegistrar({
      api: () => api,
      path,
      update: 'PUT',
      read: readHook,
      write: ({ url, events }) => ({
        json: { description: 'Hookline', url, active: true, secret: hookSecret, events },
      }),
      list: (body) => (isJsonObject(body) ? body['values'] : []),
      next: nextPage,
    }),
    apiUrl: options.apiUrl,
    removeAtStop: options.removeAtStop,
    wanted: (_, url, ruled, chosen) => ({
      url,
      events: [...new Set(chosen ?? options.events ?? ruled ?? types.filter(isOfCloud))].toSorted(),
      settings: { active: true },
      mark: hookMark(hookSecret),
    }),
  }
}

/** Keys of Data Center are `pr:…`, `repo:refs_changed` and `diagnostics:ping`. */
function isOfCloud(type: string): boolean {
  return /^(repo|pullrequest|issue):/.test(type) && type !== 'repo:refs_changed'
}

function nextPage(answer: ApiAnswer): string | null {
  const body = answer.json()
  return isJsonObject(body) && typeof body['next'] === 'string' ? body['next'] : null
}

function readHook(hook: Readonly<Record<string, unknown>>): RemoteHook | null {
  const { uuid, url, active, events } = hook
  if (typeof url !== 'string') return null
  return {
    id: String(uuid),
    url,
    events: Array.isArray(events) ? events.map(String).toSorted() : [],
    settings: { active: active === true },
  }
}
