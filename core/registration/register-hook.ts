import type { RunningConfig } from '../contracts/config.ts'
import type { NewAuditEntry } from '../contracts/document.ts'
import type { HookRegistrar, RemoteHook } from '../contracts/provider/registration.ts'
import { HooklineError } from '../errors/errors.ts'
import { webhookPath } from '../settings/webhook-path.ts'
import { checkReachable } from './reachable.ts'
import {
  differences,
  digestOf,
  type RegistrationRecord,
  type RegistrationStore,
  stateOf,
  writeRecord,
} from './record.ts'

/** A webhook that the config asks for. */
export interface WantedRegistration {
  readonly source: string
  readonly target: string
  readonly registrar: HookRegistrar
  /** Where the provider is to deliver. */
  readonly url: string
  /** Types of events that rules are on; null for all. */
  readonly types: readonly string[] | null
}

/** What a person asks for. */
export interface RegistrationRequest {
  readonly action: 'register' | 'unregister'
  /** Default: every source with the option `register`. */
  readonly source?: string | undefined
  /** Default: all of the source. */
  readonly targets?: readonly string[] | undefined
  readonly dryRun?: boolean | undefined
}

export type RegistrationAction = 'created' | 'updated' | 'unchanged' | 'removed'

export interface RegistrationChange {
  readonly action: RegistrationAction
  /** What differed, a line each. */
  readonly changes: readonly string[]
}

export interface RegisterTools {
  readonly store: RegistrationStore
  /** Commits an audit entry. If it throws, nothing is done at the provider. */
  readonly audit: (entry: Pick<NewAuditEntry, 'action' | 'target' | 'detail'>) => Promise<unknown>
  readonly clock: () => number
  readonly signal: AbortSignal
}

/** The webhooks that a config asks for, in its order. */
export function wantedRegistrations(config: RunningConfig): readonly WantedRegistration[] {
  return [...config.sources.values()].flatMap(({ name, instance: { registrar } }) => {
    if (registrar === undefined) return []
    const url = config.settings.publicUrl + webhookPath(name)
    const types = typesOf(config, name)
    return registrar.targets.map((target) => ({ source: name, target, registrar, url, types }))
  })
}

/** The types that rules are on. A rule on the whole source wants all; without a rule, all can be tried out. */
function typesOf({ rules }: RunningConfig, source: string): readonly string[] | null {
  const own = rules.map(({ on }) => on).filter((on) => `${on}.`.startsWith(`${source}.`))
  if (own.length === 0 || own.includes(source)) return null
  return [...new Set(own.map((on) => on.slice(source.length + 1)))].toSorted()
}

/** Those that a request names. Throws `registration_unknown`. */
export function chooseRegistrations(
  all: readonly WantedRegistration[],
  { source, targets }: RegistrationRequest,
): readonly WantedRegistration[] {
  const ofSource = all.filter((wanted) => source === undefined || wanted.source === source)
  if (ofSource.length === 0) {
    const message =
      source === undefined
        ? 'No source has the option `register`'
        : `The source '${source.slice(0, 64)}' has no option \`register\``
    throw new HooklineError('registration_unknown', message)
  }
  if (targets === undefined || targets.length === 0) return ofSource
  return targets.map((target) => {
    const found = ofSource.find((wanted) => wanted.target === target)
    if (found !== undefined) return found
    const known = ofSource.map((wanted) => wanted.target).join(', ')
    throw new HooklineError(
      'registration_unknown',
      `There is no target '${target.slice(0, 200)}'. There are: ${known}`,
    )
  })
}

/** Makes the webhook what it should be. A dry run only says what would be changed. Throws what the registrar throws. */
export async function registerHook(
  { source, target, registrar, url, types }: WantedRegistration,
  record: RegistrationRecord,
  tools: RegisterTools,
  isDryRun: boolean,
): Promise<RegistrationChange> {
  const { store, signal, clock } = tools
  checkReachable(url, registrar.apiUrl)
  const wanted = registrar.wanted(target, url, types)
  const current = await findOwn(registrar, target, url, record, signal)
  const digest = digestOf(wanted)
  const isAsLeft =
    current !== null &&
    record.wanted === digest &&
    record.remote !== null &&
    differences(record.remote, stateOf(current)).length === 0
  if (isAsLeft) {
    if (!isDryRun) await writeRecord(store, settled(record, current, clock()))
    return { action: 'unchanged', changes: [] }
  }
  const shown = differences(current, wanted)
  // The provider may show it as wanted, and still have another secret.
  const changes = shown.length === 0 ? ['secret'] : shown
  const action = current === null ? 'created' : 'updated'
  if (isDryRun) return { action, changes }
  const detail = JSON.stringify({ id: current?.id ?? null, changes })
  await tools.audit({ action: 'webhook.register', target: `${source} ${target}`, detail })
  // A kill between the call and its record leaves a webhook that is found again by this URL.
  const { removed: _, ...known } = record
  if (current === null) await writeRecord(store, { ...record, id: null, url })
  const made = await registrar.put(target, wanted, current, signal)
  await writeRecord(
    store,
    settled({ ...known, removed: false, url, wanted: digest }, made, clock()),
  )
  return { action, changes }
}

/** Removes the webhook, if it is there. */
export async function removeHook(
  { source, target, registrar, url }: WantedRegistration,
  record: RegistrationRecord,
  { audit, signal }: RegisterTools,
  isDryRun: boolean,
): Promise<RegistrationChange> {
  const current = await findOwn(registrar, target, url, record, signal)
  if (current === null) return { action: 'unchanged', changes: [] }
  const changes = [`url: ${current.url}`]
  if (isDryRun) return { action: 'removed', changes }
  const detail = JSON.stringify({ id: current.id, changes })
  await audit({ action: 'webhook.unregister', target: `${source} ${target}`, detail })
  await registrar.remove(target, current, signal)
  return { action: 'removed', changes }
}

async function findOwn(
  registrar: HookRegistrar,
  target: string,
  url: string,
  record: RegistrationRecord,
  signal: AbortSignal,
): Promise<RemoteHook | null> {
  const found = await registrar.find(target, { id: record.id, url }, signal)
  if (found !== null || record.url === '' || record.url === url) return found
  return registrar.find(target, { id: null, url: record.url }, signal)
}

function settled(
  record: RegistrationRecord,
  hook: RemoteHook,
  checkedAt: number,
): RegistrationRecord {
  const { url, events, settings } = stateOf(hook)
  const remote = { url, events: [...events], settings: { ...settings } }
  return { ...record, id: hook.id, remote, fault: null, failures: 0, checkedAt }
}
