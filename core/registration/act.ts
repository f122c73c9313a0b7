import type { PluginLogger } from '../contracts/plugin.ts'
import { isRetryable, retryMs, shownFault } from '../sdk/api/fault.ts'
import { placeName } from '../sdk/api/place.ts'
import {
  forgetRecord,
  newRecord,
  type RegistrationRecord,
  type RegistrationStore,
  writeRecord,
} from './record.ts'
import {
  type RegisterTools,
  type RegistrationAction,
  registerHook,
  removeHook,
} from './register-hook.ts'
import type { RegistrationRequest, WantedRegistration } from './wanted.ts'

/** What was done, or would be done by a dry run. */
export interface RegistrationResult {
  readonly source: string
  readonly target: string
  readonly action: RegistrationAction | 'failed'
  readonly changes: readonly string[]
  readonly fault: RegistrationRecord['fault']
}

export interface ActTools extends Pick<RegisterTools, 'audit' | 'clock' | 'signal'> {
  readonly store: RegistrationStore
  readonly logger: PluginLogger
  readonly redact: (text: string) => string
}

const CHECK_MS = 60 * 60 * 1000

/** Registers a webhook or removes it, and keeps in the store and in `records` what became of it. Throws if it is aborted. */
export async function act(
  wanted: WantedRegistration,
  records: Map<string, RegistrationRecord>,
  { action: asked, dryRun: isDryRun = false }: RegistrationRequest,
  { store, logger, redact, ...tools }: ActTools,
): Promise<RegistrationResult> {
  const { source, target, origin, events } = wanted
  const name = placeName(wanted)
  const keep = async (record: RegistrationRecord) => {
    await writeRecord(store, record)
    records.set(name, record)
  }
  const forget = async (record: RegistrationRecord) => {
    await forgetRecord(store, record)
    records.delete(name)
  }
  const known = records.get(name)
  const before = known ?? newRecord(source, target)
  const added = origin === 'hand' ? { events: events && [...events] } : before.added
  try {
    if (asked === 'register') {
      const first = { ...before, added, removed: false }
      const { record, ...done } = await registerHook(wanted, first, { ...tools, keep }, isDryRun)
      if (!isDryRun) await keep({ ...record, nextAt: tools.clock() + CHECK_MS })
      return finish(done)
    }
    const { record, ...done } = await removeHook(wanted, before, tools, isDryRun)
    if (!isDryRun && origin !== 'config') await forget(record)
    else if (!isDryRun) await keep({ ...record, added: null, removed: true })
    return finish(done)
  } catch (error) {
    tools.signal.throwIfAborted()
    const fault = shownFault(error, redact)
    if (!isDryRun) await keepFault(error, fault)
    return { source, target, action: 'failed', changes: [], fault }
  }

  function finish(done: Pick<RegistrationResult, 'action' | 'changes'>): RegistrationResult {
    const { action, changes } = done
    if (!isDryRun && action !== 'unchanged') {
      logger.info({ source, target, changes }, `webhook ${action}`)
    }
    return { source, target, ...done, fault: null }
  }

  async function keepFault(error: unknown, fault: NonNullable<RegistrationResult['fault']>) {
    const failures = before.failures + 1
    const waitMs = isRetryable(error) ? retryMs(error, failures) : CHECK_MS
    const nextAt = tools.clock() + waitMs
    const failed = { ...(records.get(name) ?? before), fault, failures, nextAt }
    // What was just added is given up, unless its provider may take it later.
    if (isRetryable(error)) await keep({ ...failed, added })
    else if (known !== undefined || origin === 'config') {
      await keep({ ...failed, added: before.added })
    } else await forget(failed)
    const { code, message, remedy } = fault
    const said = { source, target, code, fault: message, remedy }
    logger.warn(said, 'a webhook could not be registered')
  }
}
