import {
  type ApiAnswer,
  collectionRegistrar,
  type HookRegistrar,
  hookMark,
  isJsonObject,
  ProviderApi,
  type RemoteHook,
  registerEvents,
  registerFields,
  z,
} from '../../../core/sdk/source.ts'

/** The option `register` of a `bitbucket` source. */
export const bitbucketRegister = z
  .strictObject({
    repositories: z
      .array(z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be `workspace/repository`'))
      .default([])
      .describe('Repositories, each as `workspace/repository`.'),
    workspaces: z
      .array(z.string().regex(/^[\w.-]+$/, 'must be the name of a workspace'))
      .default([])
      .describe('Workspaces: one webhook for all of their repositories.'),
    events: registerEvents('`repo:push`, `pullrequest:created`'),
    ...registerFields({
      apiUrl: 'https://api.bitbucket.org/2.0',
      token: 'Access token with the scope `webhook`, or an API token as `email:token`.',
    }),
  })
  .refine(({ repositories, workspaces }) => repositories.length + workspaces.length > 0, {
    message: 'needs `repositories` or `workspaces`',
  })
  .optional()
  .describe('Registers the webhooks at Bitbucket Cloud; not at Data Center.')

/** Registers webhooks of repositories and workspaces in Bitbucket Cloud. `types` are all that it knows. */
export function bitbucketRegistrar(
  options: NonNullable<z.output<typeof bitbucketRegister>>,
  types: readonly string[],
  hookSecret: string,
  clock: () => number,
): HookRegistrar {
  const { token } = options
  // An API token comes with the address of its account in front.
  const authorization = /:/.test(token)
    ? `Basic ${Buffer.from(token).toString('base64')}`
    : `Bearer ${token}`
  return {
    ...collectionRegistrar({
      api: new ProviderApi({
        provider: 'Bitbucket',
        baseUrl: options.apiUrl,
        authorize: () => ({ authorization }),
        secrets: [token],
        clock,
      }),
      paths: new Map([
        ...options.repositories.map((name) => [name, `/repositories/${name}/hooks`] as const),
        ...options.workspaces.map(
          (name) => [`workspace:${name}`, `/workspaces/${name}/hooks`] as const,
        ),
      ]),
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
    wanted: (_, url, ruled) => ({
      url,
      events: [...new Set(options.events ?? ruled ?? types.filter(isOfCloud))].toSorted(),
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
