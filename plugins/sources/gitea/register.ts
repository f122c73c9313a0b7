import {
  collectionRegistrar,
  type HookRegistrar,
  hookMark,
  isJsonObject,
  OWNER_FIELDS,
  ownerTargets,
  ProviderApi,
  type RemoteHook,
  registerEvents,
  registerFields,
  z,
} from '../../../core/sdk/source.ts'

export const API_URL = 'https://gitea.com/api/v1'
/** Names of the API for types whose deliveries have another name. */
const API_NAMES: Readonly<Record<string, string>> = {
  pull_request_approved: 'pull_request_review_approved',
  pull_request_rejected: 'pull_request_review_rejected',
}
const { apiUrl, ...common } = registerFields({
  apiUrl: API_URL,
  token:
    'Access token with the scopes `write:repository` and, for organizations, `write:organization`.',
})

/** The option `register` of a `gitea` source. */
export const giteaRegister = z
  .strictObject({
    ...OWNER_FIELDS,
    events: registerEvents('`push`, `pull_request`'),
    ...common,
    apiUrl: apiUrl.describe('Address of the API; of Forgejo too it ends in `/api/v1`.'),
  })
  .optional()
  .describe('Registers the webhooks at Gitea or Forgejo.')

type GiteaRegister = NonNullable<z.output<typeof giteaRegister>>

export function giteaApi(
  { apiUrl, token }: Pick<GiteaRegister, 'apiUrl' | 'token'>,
  clock: () => number,
): ProviderApi {
  return new ProviderApi({
    provider: 'Gitea',
    baseUrl: apiUrl,
    authorize: () => ({ authorization: `token ${token}` }),
    clock,
  })
}

/** Registers webhooks of repositories and organizations. */
export function giteaRegistrar(
  options: GiteaRegister,
  types: readonly string[],
  hookSecret: string,
  clock: () => number,
): HookRegistrar {
  const { targets, others, path } = ownerTargets(options)
  const api = giteaApi(options, clock)
  return {
    ...{ targets, others },
    ...collectionRegistrar({
      api: () => api,
      path,
      update: 'PATCH',
      read: readHook,
      write: ({ url, events }, isNew) => ({
        json: {
          ...(isNew && { type: 'gitea' }),
          active: true,
          events,
          config: { url, content_type: 'json', secret: hookSecret },
        },
      }),
    }),
    apiUrl: options.apiUrl,
    removeAtStop: options.removeAtStop,
    wanted: (_, url, ruled, chosen) => {
      const names = (ruled ?? types).map((type) => type.split('.', 1)[0] ?? type)
      const events = chosen ?? options.events ?? names.map((name) => API_NAMES[name] ?? name)
      return {
        url,
        events: [...new Set(events)].toSorted(),
        settings: { active: true, content_type: 'json' },
        mark: hookMark(hookSecret),
      }
    },
  }
}

function readHook(hook: Readonly<Record<string, unknown>>): RemoteHook | null {
  const { id, active, events, config } = hook
  if (!isJsonObject(config) || typeof config['url'] !== 'string') return null
  return {
    id: String(id),
    url: config['url'],
    events: Array.isArray(events) ? events.map(String).toSorted() : [],
    settings: { active: active === true, content_type: String(config['content_type']) },
  }
}
