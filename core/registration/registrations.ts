import type { RunningConfig } from '../contracts/config.ts'
import type { AuditStore } from '../contracts/document.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import { HooklineError } from '../errors/errors.ts'
import { Passes } from '../kit/passes.ts'
import { shownFault } from '../sdk/api/fault.ts'
import { placeName } from '../sdk/api/place.ts'
import { DocumentClaim } from '../work/document-claim.ts'
import { hasCome } from '../work/document-records.ts'
import { act, type RegistrationResult } from './act.ts'
import {
  forgetRecord,
  newRecord,
  type RegistrationRecord,
  type RegistrationStore,
  readRecords,
  writeRecord,
} from './record.ts'
import { type RegisterTools, removeHook } from './register-hook.ts'
import {
  chooseRegistrations,
  knownRegistrations,
  type RegistrationRecords,
  type RegistrationRequest,
  type WantedRegistration,
  wantedRegistrations,
} from './wanted.ts'

export interface RegistrationsOptions {
  readonly config: () => RunningConfig
  readonly store: RegistrationStore & AuditStore
  readonly logger: PluginLogger
  /** Removes secrets from what a provider answered. */
  readonly redact: (text: string) => string
  readonly clock: () => number
  /** Called after a webhook was created. */
  readonly onCreated?: () => void
}

/** A record, and who wants it. */
export interface ListedRegistration extends Pick<WantedRegistration, 'origin'> {
  readonly record: RegistrationRecord
}

/** A source to which a person can add targets. */
export interface OpenSource {
  readonly source: string
  /** How targets are written: `owner/repository`. */
  readonly forms: readonly string[]
}

/** How often a node looks whether another one has done what is due. */
const IDLE_MS = 30_000
/** How soon it looks again while another node registers. */
const BUSY_MS = 2000
const CLAIM_TRIES = 40
const STOP_MS = 15_000

const CLAIM = { collection: 'registration-claim', name: 'holder' } as const

/** Keeps the webhooks at their providers as the config wants them. One node at a time does it. */
export class Registrations {
  readonly #options: RegistrationsOptions
  readonly #claim: DocumentClaim
  readonly #passes: Passes
  /** Aborted once another node has taken the claim. */
  #lost = new AbortController()
  /** What each target was last brought to here: what is new is due at once. */
  readonly #seen = new Map<string, string>()
  #isStarted = false

  constructor(options: RegistrationsOptions) {
    this.#options = options
    const { store, clock, logger } = options
    this.#passes = new Passes({
      pass: () => this.#pass(),
      logger,
      fault: 'webhooks could not be registered',
    })
    const node = options.config().settings.node.name
    this.#claim = new DocumentClaim({ store, clock, node, place: CLAIM })
  }

  /** Begins to register. */
  start(): void {
    this.#isStarted = true
    this.#passes.start()
  }

  /** Registers what has changed. Called after each change of the config or of the public URL. */
  configChanged(): void {
    this.#passes.wake()
  }

  async list(): Promise<readonly ListedRegistration[]> {
    const records = new Map(await readRecords(this.#options.store))
    const known = knownRegistrations(this.#options.config(), records)
    const listed = known.map(({ source, target, url, origin }) => {
      const name = placeName({ source, target })
      const record = records.get(name) ?? { ...newRecord(source, target), url }
      records.delete(name)
      return { record, origin }
    })
    const ofNoSource = [...records.values()].map((record) => ({ record, origin: 'left' }) as const)
    return [...listed, ...ofNoSource]
  }

  /** The sources to which targets can be added. */
  open(): readonly OpenSource[] {
    return [...this.#options.config().sources.values()].flatMap(({ name, instance }) => {
      const forms = instance.registrar?.others?.forms
      return forms === undefined ? [] : [{ source: name, forms }]
    })
  }

  /** Does what a person asks for, now. Throws `registration_unknown` and `registration_events`. Faults of providers are in the results. */
  async run(
    request: RegistrationRequest,
    audit?: RegisterTools['audit'],
  ): Promise<readonly RegistrationResult[]> {
    const { config, store } = this.#options
    return this.#passes.alone(async () => {
      // What cannot be done is refused before anybody is waited for.
      chooseRegistrations(config(), await readRecords(store), request)
      const isDryRun = request.dryRun === true
      if (!isDryRun) await this.#waitForClaim()
      const results: RegistrationResult[] = []
      try {
        const records = new Map(await readRecords(store))
        for (const wanted of chooseRegistrations(config(), records, request)) {
          results.push(await this.#act(wanted, records, request, audit))
        }
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
    await this.#passes.stop()
    if (!this.#isStarted) return
    const { config, store, logger } = this.#options
    try {
      const records = await readRecords(store)
      const signal = AbortSignal.timeout(STOP_MS)
      for (const wanted of wantedRegistrations(config(), records)) {
        const record = records.get(placeName(wanted))
        if (record === undefined || !wanted.registrar.removeAtStop) continue
        const audit = this.#audit
        const { record: gone } = await removeHook(wanted, record, { audit, signal }, false)
        // What a person has added comes back at the next start.
        await (wanted.origin === 'hand' ? writeRecord(store, gone) : forgetRecord(store, record))
      }
      await this.#claim.release()
    } catch (error) {
      const fault = shownFault(error, this.#options.redact)
      logger.warn({ code: fault.code, fault: fault.message }, 'webhooks were not removed')
    }
  }

  /** Registers all that is due. Returns when to look again. */
  async #pass(): Promise<number> {
    const { config, store, clock } = this.#options
    if (![...config().sources.values()].some(({ instance }) => instance.registrar)) {
      return Number.POSITIVE_INFINITY
    }
    let records = await readRecords(store)
    const isDue = this.#due(records).length > 0
    const isMine = isDue && (await this.#take())
    if (isMine) records = await this.#registerDue()
    const times = [...records.values()].map(({ nextAt }) => nextAt - clock())
    const idleMs = isDue && !isMine ? BUSY_MS : IDLE_MS
    return Math.max(100, Math.min(idleMs, ...times.filter((ms) => ms > 0)))
  }

  /** Gives what is known afterwards. */
  async #registerDue(): Promise<RegistrationRecords> {
    try {
      // Another node may have done some of it before this one took the claim.
      const records = new Map(await readRecords(this.#options.store))
      for (const wanted of this.#due(records)) {
        if (this.#passes.stopping.aborted) break
        await this.#act(wanted, records, { action: 'register' })
      }
      return records
    } finally {
      await this.#claim.release()
    }
  }

  #due(records: RegistrationRecords): readonly WantedRegistration[] {
    const config = this.#options.config()
    const now = this.#options.clock()
    return wantedRegistrations(config, records).filter((wanted) => {
      const record = records.get(placeName(wanted))
      if (record?.removed) return false
      // The tunnel has no URL yet.
      if (isWaiting(config, wanted)) return false
      const isNew = this.#seen.get(placeName(wanted)) !== markOf(wanted)
      return isNew || record === undefined || hasCome(record.nextAt, now)
    })
  }

  async #act(
    wanted: WantedRegistration,
    records: Map<string, RegistrationRecord>,
    request: RegistrationRequest,
    audit = this.#audit,
  ): Promise<RegistrationResult> {
    const isDryRun = request.dryRun === true
    const ends = [this.#passes.stopping, ...(isDryRun ? [] : [this.#lost.signal])]
    const tools = { ...this.#options, audit, signal: AbortSignal.any(ends) }
    const result = await act(wanted, records, request, tools)
    if (!isDryRun) this.#seen.set(placeName(wanted), markOf(wanted))
    if (!isDryRun && result.action === 'created') this.#options.onCreated?.()
    return result
  }

  readonly #audit: RegisterTools['audit'] = (entry) => {
    const { store, clock, config } = this.#options
    const own = { at: clock(), actor: 'hookline', outcome: 'done', client: null } as const
    return store.audit({ ...own, ...entry, node: config().settings.node.name })
  }

  #take(): Promise<boolean> {
    const lost = new AbortController()
    this.#lost = lost
    return this.#claim.take(() => lost.abort(isOthers()))
  }

  async #waitForClaim(): Promise<void> {
    for (let tries = 0; !(await this.#take()); tries++) {
      if (tries === CLAIM_TRIES) throw isOthers()
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}

function isOthers(): HooklineError {
  return new HooklineError('overloaded', 'Another node registers webhooks right now')
}

function isWaiting({ tunnel }: RunningConfig, { url }: WantedRegistration): boolean {
  return tunnel !== null && !url.startsWith('https:')
}

/** Changes when what is wanted does, as far as that can be known without the provider. */
function markOf({ registrar, target, url, types, events }: WantedRegistration): string {
  try {
    return JSON.stringify(registrar.wanted(target, url, types, events))
  } catch (error) {
    // It is the fault of the attempt, too.
    return String(error)
  }
}
