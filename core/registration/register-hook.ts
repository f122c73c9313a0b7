import type { NewAuditEntry } from '../contracts/document.ts'
import type { HookRegistrar, RemoteHook } from '../contracts/provider/registration.ts'
import { checkReachable } from './reachable.ts'
import { differences, digestOf, type RegistrationRecord, stateOf } from './record.ts'
import type { WantedRegistration } from './wanted.ts'

export type RegistrationAction = 'created' | 'updated' | 'unchanged' | 'removed'

export interface RegistrationChange {
  readonly action: RegistrationAction
  /** What differed, a line each. */
  readonly changes: readonly string[]
  /** What is known from then on. */
  readonly record: RegistrationRecord
}

export interface RegisterTools {
  /** Keeps what is known before a webhook is created. */
  readonly keep: (record: RegistrationRecord) => Promise<unknown>
  /** Commits an audit entry. If it throws, nothing is done at the provider. */
  readonly audit: (entry: Pick<NewAuditEntry, 'action' | 'target' | 'detail'>) => Promise<unknown>
  readonly clock: () => number
  readonly signal: AbortSignal
}

/** Makes the webhook what it should be. A dry run only says what would be changed. Throws what the registrar throws. */
export async function registerHook(
  { source, target, registrar, url, types, events }: WantedRegistration,
  record: RegistrationRecord,
  { keep, audit, clock, signal }: RegisterTools,
  isDryRun: boolean,
): Promise<RegistrationChange> {
  checkReachable(url, registrar.apiUrl)
  const wanted = registrar.wanted(target, url, types, events)
  const current = await findOwn(registrar, target, url, record, signal)
  const digest = digestOf(wanted)
  const isAsLeft =
    current !== null &&
    record.wanted === digest &&
    record.remote !== null &&
    differences(record.remote, stateOf(current)).length === 0
  if (isAsLeft) {
    return { action: 'unchanged', changes: [], record: settled(record, current, clock()) }
  }
  const shown = differences(current, wanted)
  // The provider may show it as wanted, and still have another secret.
  const changes = shown.length === 0 ? ['secret'] : shown
  const action = current === null ? 'created' : 'updated'
  if (isDryRun) return { action, changes, record }
  const detail = JSON.stringify({ id: current?.id ?? null, changes })
  await audit({ action: 'webhook.register', target: `${source} ${target}`, detail })
  // A kill between the call and its record leaves a webhook that is found again by this URL.
  if (current === null) await keep({ ...record, id: null, url })
  const made = await registrar.put(target, wanted, current, signal)
  return { action, changes, record: settled({ ...record, url, wanted: digest }, made, clock()) }
}

/** Removes the webhook, if it is there. */
export async function removeHook(
  { source, target, registrar, url }: WantedRegistration,
  record: RegistrationRecord,
  { audit, signal }: Pick<RegisterTools, 'audit' | 'signal'>,
  isDryRun: boolean,
): Promise<RegistrationChange> {
  const current = await findOwn(registrar, target, url, record, signal)
  const gone = { ...record, id: null, wanted: null, remote: null, fault: null, failures: 0 }
  if (current === null) return { action: 'unchanged', changes: [], record: gone }
  const changes = [`url: ${current.url}`]
  if (isDryRun) return { action: 'removed', changes, record }
  const detail = JSON.stringify({ id: current.id, changes })
  await audit({ action: 'webhook.unregister', target: `${source} ${target}`, detail })
  await registrar.remove(target, current, signal)
  return { action: 'removed', changes, record: gone }
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
