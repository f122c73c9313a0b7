import type { RunningConfig } from '../contracts/config.ts'
import type { Facts } from '../contracts/event.ts'
import type { EndedAttempt, OwnPayloads, OwnTaskPayload } from '../contracts/own-event.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { AcceptEntry, StoreInstance } from '../contracts/store.ts'
import type { HooklineError } from '../kit/errors.ts'
import { createId } from '../kit/id.ts'
import { OWN_EVENTS, OWN_SOURCE, type OwnEventType } from '../kit/own-events.ts'
import type { Redactor } from '../kit/redact.ts'
import { RuleIndex } from './match.ts'
import { planEvent } from './plan.ts'
import { ReceivedDelivery } from './received-delivery.ts'

/** Time between two events about refused deliveries of one source. */
const REFUSED_EVERY_MS = 10_000

const TASK_TYPES = {
  succeeded: 'task.succeeded',
  waiting: 'task.failed',
  dead: 'task.dead',
} as const

export interface NoticesOptions {
  readonly config: RunningConfig
  readonly nodeName: string
  readonly store: Pick<StoreInstance, 'accept'>
  readonly logger: PluginLogger
  readonly redactor: Pick<Redactor, 'text'>
  readonly clock: () => number
}

export interface Refusal {
  readonly delivery: string
  readonly source: string
  readonly reason: string
  readonly client: string | null
}

interface Refusals {
  toldAt: number
  suppressed: number
}

/** Makes Hookline's own events, where a rule listens to them. None is kept that no rule wants. */
export class Notices {
  readonly #options: NoticesOptions
  readonly #refusals = new Map<string, Refusals>()
  readonly #underWay = new Set<Promise<void>>()
  #version: string
  #rules: RuleIndex
  #closed = false

  constructor(options: NoticesOptions) {
    this.#options = options
    this.#version = options.config.version
    this.#rules = ownRules(options.config)
  }

  /** Takes another config for all events from now on. */
  configure(config: RunningConfig): void {
    this.#version = config.version
    this.#rules = ownRules(config)
  }

  /**
   * The event of a task, to be committed with its settlement. Null where no rule wants it, where an attempt was
   * handed back or cancelled, and for tasks about Hookline's own events: a notification must not notify of itself.
   */
  ofAttempt(ended: EndedAttempt): AcceptEntry | null {
    const { task, settlement } = ended
    if (task.source === OWN_SOURCE) return null
    if (settlement.attempt === 'succeeded') return this.#taskEntry('succeeded', ended)
    if (settlement.attempt !== 'failed') return null
    return this.#taskEntry(settlement.state === 'dead' ? 'dead' : 'waiting', ended)
  }

  /** Tells of a refused delivery: at most once per source in ten seconds, with the number of those untold. Never throws. */
  async refused(refusal: Refusal): Promise<void> {
    if (!this.#listens('delivery.refused')) return
    const now = this.#options.clock()
    const before = this.#refusals.get(refusal.source)
    if (before !== undefined && Math.abs(now - before.toldAt) < REFUSED_EVERY_MS) {
      before.suppressed++
      return
    }
    // A source without types may give anything.
    const reason = this.#options.redactor.text(String(refusal.reason))
    const suppressed = before?.suppressed ?? 0
    const payload = { ...refusal, reason, node: this.#options.nodeName, suppressed }
    const entry = this.#entry('delivery.refused', payload)
    if (entry === null) return
    this.#refusals.set(refusal.source, { toldAt: now, suppressed: 0 })
    await this.#accept(entry)
  }

  /** Tells of a config that came into force. Never throws. */
  configChanged(next: RunningConfig, previous: RunningConfig): void {
    if (next.version === previous.version) return
    this.#start('config.changed', {
      version: next.version,
      previous: previous.version,
      sources: next.sources.size,
      programs: next.programs.size,
      rules: next.rules.length,
      node: this.#options.nodeName,
    })
  }

  /** Tells of a changed config that was not taken. Never throws. */
  configFaulty({ code, message, fields }: HooklineError): void {
    const version = this.#version
    const faults = Array.isArray(fields['faults']) ? fields['faults'].length : 1
    const text = this.#options.redactor.text(message)
    this.#start('config.faulty', {
      version,
      code,
      faults,
      node: this.#options.nodeName,
      message: text,
    })
  }

  /** Resolves when all events under way are committed, or given up; makes none after that. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#underWay)
  }

  #listens(type: OwnEventType): boolean {
    return this.#rules.candidates(OWN_SOURCE, type).length > 0
  }

  #taskEntry(
    state: OwnTaskPayload['state'],
    { task, settlement, durationMs, output }: EndedAttempt,
  ): AcceptEntry | null {
    const type = TASK_TYPES[state]
    if (!this.#listens(type)) return null
    return this.#entry(type, {
      task: task.id,
      state,
      program: task.program,
      rule: task.rule,
      source: task.source,
      event_type: task.eventType,
      event_id: task.eventId,
      delivery: task.deliveryId,
      attempts: task.attempts,
      exit_code: settlement.exitCode,
      reason: settlement.reason,
      node: this.#options.nodeName,
      duration_ms: Math.max(0, Math.round(durationMs)),
      output,
    })
  }

  #start<Type extends OwnEventType>(type: Type, payload: OwnPayloads[Type]): void {
    if (this.#closed || !this.#listens(type)) return
    const entry = this.#entry(type, payload)
    if (entry === null) return
    const told = this.#accept(entry).finally(() => this.#underWay.delete(told))
    this.#underWay.add(told)
  }

  async #accept(entry: AcceptEntry): Promise<void> {
    try {
      await this.#options.store.accept(entry)
    } catch (error) {
      const fields = { type: entry.events[0]?.type, err: error }
      this.#options.logger.error(fields, "an event of Hookline's own could not be committed")
    }
  }

  /** Null where no rule wants it. */
  #entry<Type extends OwnEventType>(type: Type, payload: OwnPayloads[Type]): AcceptEntry | null {
    const now = this.#options.clock()
    const delivery = new ReceivedDelivery({
      id: createId('dlv', now),
      source: OWN_SOURCE,
      method: 'INTERNAL',
      publicUrl: '',
      path: '',
      headers: {},
      body: Buffer.from(JSON.stringify(payload)),
      client: null,
      receivedAt: new Date(now),
    })
    const facts = factsOf(type, payload)
    const parsed = { type, id: null, facts, payload: delivery.json() }
    const event = planEvent(delivery, parsed, this.#rules)
    const isWanted = event.decisions.some(
      ({ matched, because }) => matched || because === 'condition_error',
    )
    if (!isWanted) return null
    const { id, source, method, path, body, client } = delivery
    const record = { id, source, method, path, headers: {}, client, body, receivedAt: now }
    const fate = { outcome: 'accepted', reason: null, originalId: null } as const
    return { delivery: { ...record, ...fate }, events: [event] }
  }
}

function ownRules({ rules }: RunningConfig): RuleIndex {
  return new RuleIndex(rules.filter(({ on }) => on.split('.', 1)[0] === OWN_SOURCE))
}

function factsOf<Type extends OwnEventType>(type: Type, payload: OwnPayloads[Type]): Facts {
  const values = payload as unknown as Facts
  return Object.fromEntries(
    Object.keys(OWN_EVENTS[type].facts).map((name) => [name, values[name] ?? null]),
  )
}
