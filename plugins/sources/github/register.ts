import {
  collectionRegistrar,
  HooklineError,
  type HookRegistrar,
  type HookTargets,
  hookMark,
  isJsonObject,
  type MissedDeliveries,
  OWNER_FIELDS,
  ownerTargets,
  type ProviderApi,
  type RemoteHook,
  registerEvents,
  registerFields,
  soleHook,
  z,
} from '../../../core/sdk/source.ts'
import { APP_FIELDS, appToken, githubApi, Installations } from './app.ts'
import { githubMissed } from './missed.ts'

export const API_URL = 'https://api.github.com'
const APP_TARGET = 'app'
/** Deliveries that a repository or an organization cannot ask for. */
const NO_HOOK_EVENTS = new Set(['ping', 'installation', 'installation_repositories'])
const { token, ...common } = registerFields({
  apiUrl: API_URL,
  token:
    'Token that may manage webhooks: fine-grained with the permission Webhooks (repository or organization: read and write), or classic with `admin:repo_hook` and `admin:org_hook`.',
})

/** The option `register` of a `github` source. */
export const githubRegister = z
  .strictObject({
    ...OWNER_FIELDS,
    token: token.optional(),
    app: z
      .strictObject({
        ...APP_FIELDS,
        hook: z
          .boolean()
          .default(true)
          .describe('Sets the webhook URL and secret of the app itself, not its events.'),
        takeOver: z
          .boolean()
          .default(false)
          .describe("Replaces a URL in the app's settings that Hookline did not write."),
      })
      .optional()
      .describe(
        'A GitHub App. Without `token`, repositories and organizations are reached as its installations, which need the permission Webhooks (read and write).',
      ),
    events: registerEvents('`push`, `pull_request`'),
    ...common,
  })
  .refine(({ token: given, app }) => given !== undefined || app !== undefined, {
    message: 'needs `token` or `app`',
  })
  .optional()
  .describe('Registers the webhooks at GitHub.')

type GithubRegister = NonNullable<z.output<typeof githubRegister>>

/** What is done at GitHub for the webhooks of a source. */
export function githubHooks(
  options: GithubRegister,
  hookSecret: string,
  clock: () => number,
): { readonly registrar: HookRegistrar; readonly missed: MissedDeliveries } {
  const { apiUrl, app } = options
  const targets = ownerTargets(options)
  const ofApp = app && githubApi(apiUrl, () => appToken(app, clock()), clock)
  const access = { targets, ofApp, api: apiOf(options, ofApp, clock) }
  return { registrar: registrarOf(options, access, hookSecret), missed: missedAt(access) }
}

interface GithubAccess {
  readonly targets: HookTargets
  /** The API as the app. */
  readonly ofApp: ProviderApi | undefined
  /** The API for the webhooks at a path. */
  readonly api: (path: string) => ProviderApi
}

/** With the token; without one, as the installation of the app. */
function apiOf(
  { apiUrl, token: given }: GithubRegister,
  ofApp: ProviderApi | undefined,
  clock: () => number,
): GithubAccess['api'] {
  if (given !== undefined || ofApp === undefined) {
    const api = githubApi(apiUrl, () => given ?? '', clock)
    return () => api
  }
  const installations = new Installations(ofApp, clock)
  return (hooksPath) => {
    const path = hooksPath.replace(/\/hooks$/, '')
    const permission = path.startsWith('/orgs/') ? 'organization_hooks' : 'repository_hooks'
    const token = (signal: AbortSignal) => installations.tokenOf(path, permission, signal)
    return githubApi(apiUrl, token, clock, () => installations.forget(path))
  }
}

function missedAt({ targets, ofApp, api }: GithubAccess): MissedDeliveries {
  return githubMissed((target, hook) => {
    if (target === APP_TARGET && ofApp) return { api: ofApp, path: '/app/hook/deliveries' }
    const path = targets.path(target)
    return { api: api(path), path: `${path}/${encodeURIComponent(hook)}/deliveries` }
  })
}

/** Registers webhooks of repositories and organizations, and that of a GitHub App. */
function registrarOf(
  options: GithubRegister,
  { targets: { targets, others, path }, ofApp, api }: GithubAccess,
  hookSecret: string,
): HookRegistrar {
  const { app } = options
  const hooks = collectionRegistrar({
    api: (target) => api(path(target)),
    path,
    update: 'PATCH',
    read: readHook,
    write: ({ url, events }, isNew) => ({
      json: {
        ...(isNew && { name: 'web' }),
        active: true,
        events,
        config: { url, content_type: 'json', insecure_ssl: '0', secret: hookSecret },
      },
    }),
  })
  const appHook = app?.hook && ofApp && appRegistrar(ofApp, app.takeOver, hookSecret)
  const of = (target: string) => (target === APP_TARGET && appHook ? appHook : hooks)
  return {
    targets: [...targets, ...(appHook ? [APP_TARGET] : [])],
    others,
    apiUrl: options.apiUrl,
    removeAtStop: options.removeAtStop,
    wanted: (target, url, types, chosen) => ({
      url,
      events:
        target === APP_TARGET ? [] : ((chosen ?? options.events)?.toSorted() ?? hookEvents(types)),
      settings: {
        ...(target !== APP_TARGET && { active: true }),
        content_type: 'json',
        insecure_ssl: '0',
      },
      mark: hookMark(hookSecret),
    }),
    find: (target, own, signal) => of(target).find(target, own, signal),
    put: (target, wanted, current, signal) => of(target).put(target, wanted, current, signal),
    remove: (target, hook, signal) => of(target).remove(target, hook, signal),
  }
}

/** The webhook of an app: there is always one, and its events are in the settings of the app. */
function appRegistrar(
  api: ProviderApi,
  takeOver: boolean,
  hookSecret: string,
): Pick<HookRegistrar, 'find' | 'put' | 'remove'> {
  const path = '/app/hook/config'
  const readConfig = (body: unknown): RemoteHook => {
    const config = isJsonObject(body) ? body : {}
    return { ...stateOf(config), id: APP_TARGET, events: [], settings: settingsOf(config) }
  }
  return {
    find: async (target, own, signal) => {
      const hook = readConfig((await api.call('GET', path, { signal })).json())
      return takeOver ? hook : soleHook(target, hook, own)
    },
    put: async (_, { url }, _current, signal) => {
      const json = { url, content_type: 'json', insecure_ssl: '0', secret: hookSecret }
      return readConfig((await api.call('PATCH', path, { signal, json })).json())
    },
    remove: async () => {
      throw new HooklineError('registration_fixed', 'The webhook of a GitHub App cannot be removed')
    },
  }
}

/** `pull_request.opened` is an action of `pull_request`. */
function hookEvents(types: readonly string[] | null): readonly string[] {
  if (types === null) return ['*']
  const names = types.map((type) => type.split('.', 1)[0] ?? type)
  const events = [...new Set(names)].filter((name) => !NO_HOOK_EVENTS.has(name)).toSorted()
  return events.length === 0 ? ['push'] : events
}

function readHook(hook: Readonly<Record<string, unknown>>): RemoteHook | null {
  const { id, active, events, config } = hook
  if (!isJsonObject(config) || !Array.isArray(events)) return null
  return {
    ...stateOf(config),
    id: String(id),
    events: events.map(String).toSorted(),
    settings: { active: active === true, ...settingsOf(config) },
  }
}

function stateOf({ url }: Readonly<Record<string, unknown>>) {
  return { url: typeof url === 'string' ? url : '' }
}

function settingsOf(config: Readonly<Record<string, unknown>>) {
  const { content_type = 'form', insecure_ssl = '0' } = config
  return { content_type: String(content_type), insecure_ssl: String(insecure_ssl) }
}
