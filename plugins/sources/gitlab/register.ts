import {
  collectionRegistrar,
  HooklineError,
  type HookRegistrar,
  type HookTargets,
  hookMark,
  hookTargets,
  isRetryable,
  type MissedDeliveries,
  NESTED_GROUP_NAME,
  PROJECT_NAME,
  ProviderApi,
  type RemoteHook,
  registerEvents,
  registerFields,
  type TargetKind,
  z,
} from '../../../core/sdk/source.ts'
import { gitlabMissed } from './missed.ts'

export const API_URL = 'https://gitlab.com/api/v4'
/** Flags of a webhook by the event types of this source. Confidential ones come with the same headers as the others. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  push: ['push_events'],
  tag_push: ['tag_push_events'],
  issue: ['issues_events'],
  confidential_issue: ['confidential_issues_events'],
  merge_request: ['merge_requests_events'],
  note: ['note_events'],
  confidential_note: ['confidential_note_events'],
  job: ['job_events'],
  pipeline: ['pipeline_events'],
  wiki_page: ['wiki_page_events'],
  deployment: ['deployment_events'],
  release: ['releases_events'],
  feature_flag: ['feature_flag_events'],
  emoji: ['emoji_events'],
  milestone: ['milestone_events'],
  resource_access_token: ['resource_access_token_events'],
  member: ['member_events'],
  subgroup: ['subgroup_events'],
  project: ['project_events'],
}
/** Deliveries that GitLab makes up for a test without anything of the project: a token that is about to expire. */
const TEST = 'resource_access_token_events'
const GROUP_ONLY = new Set(['member_events', 'subgroup_events', 'project_events'])
const PROJECTS: TargetKind = {
  prefix: '',
  form: 'group/project',
  pattern: PROJECT_NAME,
  path: (name) => `/projects/${encodeURIComponent(name)}/hooks`,
}
const GROUPS: TargetKind = {
  prefix: 'group:',
  form: 'group',
  pattern: NESTED_GROUP_NAME,
  path: (name) => `/groups/${encodeURIComponent(name)}/hooks`,
}

/** The option `register` of a `gitlab` source. */
export const gitlabRegister = z
  .strictObject({
    projects: namesOf(PROJECTS).describe('Projects, by path (`group/project`) or ID.'),
    groups: namesOf(GROUPS).describe(
      'Groups, by path or ID: one webhook for all of their projects. They need GitLab Premium.',
    ),
    events: registerEvents('`push_events`, `merge_requests_events`').refine(
      (names) => names === undefined || names.every((name) => flagsOf(name).length > 0),
      { message: 'has an event that GitLab does not know' },
    ),
    ...registerFields({
      apiUrl: API_URL,
      token:
        'Access token with the scope `api`, of a Maintainer of the projects or an Owner of the groups.',
    }),
  })
  .optional()
  .describe('Registers the webhooks at GitLab. It needs `token`, and not `signingToken`.')

type GitlabRegister = NonNullable<z.output<typeof gitlabRegister>>

/** Asks for deliveries where webhooks are registered. */
export function gitlabMissedAt(options: GitlabRegister, clock: () => number): MissedDeliveries {
  return gitlabMissed(gitlabApi(options, clock), placesOf(options).path)
}

export function gitlabApi(
  { apiUrl, token }: Pick<GitlabRegister, 'apiUrl' | 'token'>,
  clock: () => number,
): ProviderApi {
  return new ProviderApi({
    provider: 'GitLab',
    baseUrl: apiUrl,
    authorize: () => ({ 'private-token': token }),
    clock,
  })
}

function namesOf({ pattern, form }: TargetKind) {
  const name = z.string().regex(pattern, `must be \`${form}\``)
  return z.array(z.union([name, z.int()])).default([])
}

function placesOf({ projects, groups }: GitlabRegister): HookTargets {
  return hookTargets([PROJECTS, projects], [GROUPS, groups])
}

/** Registers webhooks of projects and groups. */
export function gitlabRegistrar(
  options: GitlabRegister,
  hookToken: string,
  clock: () => number,
): HookRegistrar {
  const flagsAt = (target: string) =>
    allFlags().filter((flag) => target.startsWith('group:') || !GROUP_ONLY.has(flag))
  const { targets, others, path } = placesOf(options)
  const api = gitlabApi(options, clock)
  const hooks = collectionRegistrar({
    api: () => api,
    path,
    update: 'PUT',
    read: readHook,
    write: ({ url, events }) => ({
      json: {
        url,
        token: hookToken,
        enable_ssl_verification: true,
        ...Object.fromEntries(allFlags().map((flag) => [flag, events.includes(flag)])),
      },
    }),
  })
  /**
   * What was disabled after failures, only a successful test delivery enables again:
   * https://docs.gitlab.com/user/project/integrations/webhooks/#re-enable-disabled-webhooks.
   */
  async function enable(target: string, { id, url, events }: RemoteHook, signal: AbortSignal) {
    // It would run what waits for a token that is about to expire.
    if (events.includes(TEST)) throw disabled(target, 'a test delivery could run programs')
    try {
      const test = `${path(target)}/${encodeURIComponent(id)}/test/${TEST}`
      await api.call('POST', test, { signal })
    } catch (error) {
      signal.throwIfAborted()
      if (isRetryable(error) || !(error instanceof Error)) throw error
      throw disabled(target, error.message)
    }
    const now = await hooks.find(target, { id, url }, signal)
    if (now !== null && isEnabled(now)) return now
    throw disabled(target, 'a test delivery has not changed that')
  }
  return {
    ...{ targets, others },
    ...hooks,
    put: async (target, wanted, current, signal) => {
      const hook = await hooks.put(target, wanted, current, signal)
      return isEnabled(hook) ? hook : enable(target, hook, signal)
    },
    apiUrl: options.apiUrl,
    removeAtStop: options.removeAtStop,
    wanted: (target, url, types, chosen) => {
      const flags = flagsAt(target)
      const named =
        (chosen ?? options.events)?.flatMap(flagsNamed) ??
        types?.flatMap((type) => FLAGS[type.split('.', 1)[0] ?? ''] ?? [])
      return {
        url,
        events: named === undefined ? flags : [...new Set(named)].toSorted(),
        settings: { enable_ssl_verification: true, alert_status: 'executable' },
        mark: hookMark(hookToken),
      }
    },
  }
}

function flagsOf(name: string): readonly string[] {
  return FLAGS[name] ?? allFlags().filter((flag) => flag === name)
}

/** A flag, or those of an event type. */
function flagsNamed(name: string): readonly string[] {
  const flags = flagsOf(name)
  if (flags.length > 0) return flags
  throw new HooklineError('registration_events', `GitLab knows no event '${name}'`)
}

function allFlags(): readonly string[] {
  return Object.values(FLAGS).flat().toSorted()
}

function isEnabled({ settings }: RemoteHook): boolean {
  return settings['alert_status'] === 'executable'
}

function disabled(target: string, why: string): HooklineError {
  const message = `GitLab has disabled the webhook of ${target} after failures: ${why}`
  return new HooklineError('registration_disabled', message)
}

function readHook(hook: Readonly<Record<string, unknown>>): RemoteHook | null {
  const { id, url, enable_ssl_verification, alert_status = 'executable' } = hook
  if (typeof url !== 'string') return null
  return {
    id: String(id),
    url,
    events: allFlags().filter((flag) => hook[flag] === true),
    settings: {
      enable_ssl_verification: enable_ssl_verification === true,
      alert_status: String(alert_status),
    },
  }
}
