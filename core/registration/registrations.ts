import type { RunningConfig } from '../contracts/config.ts'
import type { AuditStore, NewAuditEntry } from '../contracts/document.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import { isRetryable, shownFault } from '../sdk/api/fault.ts'
import { RegistrationClaim } from './claim.ts'
import {
  forgetRecord,
  nameOf,
  newRecord,
  type RegistrationRecord,
  type RegistrationStore,
  readRecords,
  writeRecord,
} from './record.ts'
import {
  chooseRegistrations,
  type RegisterTools,
  type RegistrationAction,
  type RegistrationRequest,
  registerHook,
  removeHook,
  type WantedRegistration,
  wantedRegistrations,
} from './register-hook.ts'

export interface RegistrationsOptions {
  readonly config: () => RunningConfig
  readonly store: RegistrationStore & AuditStore
  readonly logger: PluginLogger
  /** Removes secrets from what a provider answered. */
  readonly redact: (text: string) => string
  readonly clock: () => number
}

/** What was done, or would be done by a dry run. */
export interface RegistrationResult {
  readonly source: string
  readonly target: string
  readonly action: RegistrationAction | 'failed'
  readonly changes: readonly string[]
  readonly fault: RegistrationRecord['fault']
}

/** A record, and whether the config still asks for it. */
export interface ListedRegistration {
  readonly record: RegistrationRecord
  readonly isWanted: boolean
}

const CHECK_MS = 60 * 60 * 1000
const FIRST_RETRY_MS = 5000
const MAX_RETRY_MS = 10 * 60 * 1000
/** How often a node looks whether another one has done what is due. */
const IDLE_MS = 30_000
/** How soon it looks again while another node registers. */
const BUSY_MS = 2000
const CLAIM_TRIES = 40
const STOP_MS = 15_000

/** Keeps the webhooks at their providers as the config wants them. One node at a time does it. */
export class Registrations {
  readonly #options: RegistrationsOptions
  readonly #claim: RegistrationClaim
  readonly #stop = new AbortController()
  /** What each target was last brought to here: what is new is due at once. */
  readonly #seen = new Map<string, string>()
  #busy: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #passAt = 0
  #isStarted = false

  constructor(options: RegistrationsOptions) {
    this.#options = options
    this.#claim = new RegistrationClaim(
      options.store,
      options.clock,
      options.config().settings.node.name,
    )
  }

  /** Begins to register. */
  start(): void {
    this.#isStarted = true
    this.configChanged()
  }

  /** Registers what has changed. Called after each change of the config or of the public URL. */
  configChanged(): void {
    if (this.#isStarted) this.#schedule(0)
  }

  async list(): Promise<readonly ListedRegistration[]> {
    const records = new Map(await readRecords(this.#options.store))
    const wanted = wantedRegistrations(this.#options.config())
    const listed = wanted.map(({ source, target, url }) => {
      const name = nameOf({ source, target })
      const record = records.get(name) ?? { ...newRecord(source, target), url }
      records.delete(name)
      return { record, isWanted: true }
    })
    return [...listed, ...[...records.values()].map((record) => ({ record, isWanted: false }))]
  }

  /** Does what a person asks for, now. Throws `registration_unknown`. Faults of providers are in the results. */
  async run(
    request: RegistrationRequest,
    audit?: RegisterTools['audit'],
  ): Promise<readonly RegistrationResult[]> {
    const chosen = chooseRegistrations(wantedRegistrations(this.#options.config()), request)
    return this.#alone(async () => {
      const isDryRun = request.dryRun === true
      if (!isDryRun) await this.#waitForClaim()
      const results: RegistrationResult[] = []
      try {
        for (const wanted of chosen) results.push(await this.#act(wanted, request, audit))
      } finally {
        if (!isDryRun) {
          await this.#claim.release()
          // A fault may have to be tried again before the next look.
          this.configChanged()
        }
      }
      return results
    })
  }

  /** Ends all work, and removes the webhooks that are to go with this service. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#stop.abort(new Error('the service stops'))
    await this.#busy.catch(() => {})
    if (!this.#isStarted) return
    const { config, store, logger } = this.#options
    const leaving = wantedRegistrations(config()).filter(({ registrar }) => registrar.removeAtStop)
    const tools = this.#tools(AbortSignal.timeout(STOP_MS))
    try {
      const records = leaving.length > 0 ? await readRecords(store) : new Map()
      for (const wanted of leaving) {
        const record = records.get(nameOf(wanted))
        if (record === undefined) continue
        await removeHook(wanted, record, tools, false)
        await forgetRecord(store, record)
      }
      await this.#claim.release()
    } catch (error) {
      const fault = shownFault(error, this.#options.redact)
      logger.warn({ code: fault.code, fault: fault.message }, 'webhooks were not removed')
    }
  }

  /** Plans a pass, unless one is planned that comes earlier: a change during a pass is not put off by its end. */
  #schedule(ms: number): void {
    const at = performance.now() + ms
    if (this.#stop.signal.aborted || (this.#timer !== undefined && this.#passAt <= at)) return
    clearTimeout(this.#timer)
    this.#passAt = at
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#alone(() => this.#pass())
    }, ms).unref()
  }

  /** One thing after the other. */
  #alone<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#busy.then(act, act)
    this.#busy = done.catch(() => {})
    return done
  }

  /** Registers all that is due, and plans the next pass. */
  async #pass(): Promise<void> {
    const { config, store, logger, clock } = this.#options
    let next = IDLE_MS
    try {
      const all = wantedRegistrations(config())
      if (all.length === 0) return
      const due = await this.#due(all)
      const isOthers = due.length > 0 && !(await this.#claim.take())
      if (due.length > 0 && !isOthers) await this.#registerAll(due)
      const times = [...(await readRecords(store)).values()].map(({ nextAt }) => nextAt - clock())
      const idleMs = isOthers ? BUSY_MS : IDLE_MS
      next = Math.max(100, Math.min(idleMs, ...times.filter((ms) => ms > 0)))
    } catch (error) {
      logger.error({ err: error }, 'webhooks could not be registered')
    }
    this.#schedule(next)
  }

  async #registerAll(due: readonly WantedRegistration[]): Promise<void> {
    try {
      for (const wanted of due) {
        if (this.#stop.signal.aborted) return
        await this.#act(wanted, { action: 'register' })
      }
    } finally {
      await this.#claim.release()
    }
  }

  async #due(all: readonly WantedRegistration[]): Promise<readonly WantedRegistration[]> {
    const { store, clock, config } = this.#options
    const records = await readRecords(store)
    return all.filter((wanted) => {
      const record = records.get(nameOf(wanted))
      if (record?.removed) return false
      // The tunnel has no URL yet.
      if (isWaiting(config(), wanted)) return false
      const isNew = this.#seen.get(nameOf(wanted)) !== markOf(wanted)
      return isNew || record === undefined || record.nextAt <= clock()
    })
  }

  async #act(
    wanted: WantedRegistration,
    request: RegistrationRequest,
    audit?: RegisterTools['audit'],
  ): Promise<RegistrationResult> {
    const { source, target } = wanted
    const { store, logger, clock } = this.#options
    const isDryRun = request.dryRun === true
    const known = (await readRecords(store)).get(nameOf(wanted)) ?? newRecord(source, target)
    const tools = { ...this.#tools(this.#stop.signal), ...(audit && { audit }) }
    try {
      const act = request.action === 'register' ? registerHook : removeHook
      const { action, changes } = await act(wanted, known, tools, isDryRun)
      if (!isDryRun) {
        await this.#settle(wanted, request)
        if (action !== 'unchanged') logger.info({ source, target, changes }, `webhook ${action}`)
      }
      return { source, target, action, changes, fault: null }
    } catch (error) {
      this.#stop.signal.throwIfAborted()
      const fault = shownFault(error, this.#options.redact)
      if (!isDryRun) {
        const failures = known.failures + 1
        const nextAt = clock() + retryMs(error, failures)
        await writeRecord(store, { ...(await this.#newest(known)), fault, failures, nextAt })
        this.#seen.set(nameOf(wanted), markOf(wanted))
        const { code, message, remedy } = fault
        const said = { source, target, code, fault: message, remedy }
        logger.warn(said, 'a webhook could not be registered')
      }
      return { source, target, action: 'failed', changes: [], fault }
    }
  }

  async #settle(wanted: WantedRegistration, { action }: RegistrationRequest): Promise<void> {
    const { store, clock } = this.#options
    const record = await this.#newest(newRecord(wanted.source, wanted.target))
    const removed = { id: null, wanted: null, remote: null, removed: true, fault: null }
    const nextAt = clock() + CHECK_MS
    await writeRecord(store, { ...record, ...(action === 'unregister' && removed), nextAt })
    this.#seen.set(nameOf(wanted), markOf(wanted))
  }

  async #newest(record: RegistrationRecord): Promise<RegistrationRecord> {
    return (await readRecords(this.#options.store)).get(nameOf(record)) ?? record
  }

  #tools(signal: AbortSignal): RegisterTools {
    const { store, clock, config } = this.#options
    const audit = (entry: Pick<NewAuditEntry, 'action' | 'target' | 'detail'>) => {
      const own = { at: clock(), actor: 'hookline', outcome: 'done', client: null } as const
      return store.audit({ ...own, ...entry, node: config().settings.node.name })
    }
    return { store, audit, clock, signal }
  }

  async #waitForClaim(): Promise<void> {
    for (let tries = 0; !(await this.#claim.take()); tries++) {
      if (tries === CLAIM_TRIES) {
        throw new HooklineError('overloaded', 'Another node registers webhooks right now')
      }
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}

function isWaiting({ tunnel }: RunningConfig, { url }: WantedRegistration): boolean {
  return tunnel !== null && !url.startsWith('https:')
}

/** Changes when what is wanted does, as far as that can be known without the provider. */
function markOf({ registrar, target, url, types }: WantedRegistration): string {
  return JSON.stringify(registrar.wanted(target, url, types))
}

function retryMs(error: unknown, failures: number): number {
  if (!isRetryable(error)) return CHECK_MS
  const backoff = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
  const asked = isHooklineError(error) ? error.fields['retryAfterSeconds'] : null
  return Math.max(backoff, typeof asked === 'number' ? asked * 1000 : 0)
}
