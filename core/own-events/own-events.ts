import type { RunningConfig } from '../contracts/config.ts'
import type { Facts } from '../contracts/event.ts'
import type { NewPause } from '../contracts/pause.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { AcceptEntry, Settlement, StoreInstance } from '../contracts/store.ts'
import type { ApprovalDecision, TaskRecord } from '../contracts/task.ts'
import type { HooklineError } from '../errors/errors.ts'
import { makeDelivery } from '../matching/made-delivery.ts'
import { planEvent } from '../matching/plan-events.ts'
import { RuleIndex } from '../matching/rule-index.ts'
import type { Redactor } from '../redaction/redactor.ts'
import {
  OWN_EVENTS,
  OWN_SOURCE,
  type OwnEventType,
  type OwnPayloads,
  type OwnTaskPayload,
  type SilentFacts,
  type TunnelChangedFacts,
} from './catalog.ts'

/** Time between two events about refused deliveries of one source. */
const REFUSED_EVERY_MS = 10_000

const TASK_TYPES = {
  succeeded: 'task.succeeded',
  waiting: 'task.failed',
  dead: 'task.dead',
} as const

export interface OwnEventsOptions {
  readonly config: RunningConfig
  readonly nodeName: string
  readonly store: Pick<StoreInstance, 'accept'>
  readonly logger: PluginLogger
  readonly redactor: Pick<Redactor, 'text'>
  readonly clock: () => number
}

export interface RefusedDelivery {
  readonly delivery: string
  readonly source: string
  readonly reason: string
  readonly client: string | null
}

/** An attempt that has ended, and is about to be settled. */
export interface EndedAttempt {
  /** As it was claimed. */
  readonly task: TaskRecord
  readonly settlement: Settlement
  readonly durationMs: number
  /** The end of its output, redacted. */
  readonly output: string
}

interface RefusalCount {
  lastEventAt: number
  /** Refusals since the last event. */
  suppressed: number
}

/** Creates Hookline's own events: only those that a rule matches. */
export class OwnEvents {
  readonly #options: OwnEventsOptions
  readonly #refusals = new Map<string, RefusalCount>()
  readonly #commits = new Set<Promise<void>>()
  #configVersion: string
  #rules: RuleIndex
  #closed = false

  constructor(options: OwnEventsOptions) {
    this.#options = options
    this.#configVersion = options.config.version
    this.#rules = ownRules(options.config)
  }

  /** Uses another config for all events from now on. */
  configure(config: RunningConfig): void {
    this.#configVersion = config.version
    this.#rules = ownRules(config)
  }

  /**
   * The event of an attempt that ended, to be committed with its settlement. Null if no rule matches it, if the attempt
   * was handed back or cancelled, and for tasks about Hookline's own events: a failed notification must not cause another.
   */
  attemptEnded(ended: EndedAttempt): AcceptEntry | null {
    const { task, settlement } = ended
    if (task.source === OWN_SOURCE) return null
    if (settlement.attempt === 'succeeded') return this.#createTaskEntry('succeeded', ended)
    if (settlement.attempt !== 'failed') return null
    return this.#createTaskEntry(settlement.state === 'dead' ? 'dead' : 'waiting', ended)
  }

  /** The event of a task that waits for an approval, with an id of its own. Null as for `attemptEnded`. */
  approvalRequested(
    task: TaskRecord,
    { by, id }: { readonly by: readonly string[]; readonly id: string },
  ): AcceptEntry | null {
    const type = 'task.approval_requested'
    if (task.source === OWN_SOURCE || !this.#hasRuleFor(type)) return null
    const until = new Date(task.approval?.until ?? 0).toISOString()
    return this.#createEntry(type, { ...this.#factsOf(task), by: by.join(', '), until }, id)
  }

  /** The event of an approval, or of its refusal, to be committed with it. Null as for `attemptEnded`. */
  approvalEnded(
    task: TaskRecord,
    { state: decision, by, reason }: ApprovalDecision,
  ): AcceptEntry | null {
    const type = 'task.approval_ended'
    if (task.source === OWN_SOURCE || !this.#hasRuleFor(type)) return null
    return this.#createEntry(type, { ...this.#factsOf(task), decision, by, reason })
  }

  #factsOf({ id, program, rule, source, eventType, eventId, deliveryId }: TaskRecord) {
    return {
      ...{ task: id, program, rule, source, event_type: eventType, event_id: eventId },
      ...{ delivery: deliveryId, node: this.#options.nodeName },
    }
  }

  /** The event of a pause that begins or ends, to be committed with it. Null if no rule matches it. */
  pauseChanged(
    change: 'paused' | 'resumed',
    { kind, name, by, reason }: NewPause,
  ): AcceptEntry | null {
    const type = `${kind}.${change}` as const
    if (!this.#hasRuleFor(type)) return null
    return this.#createEntry(type, { kind, name, by, reason, node: this.#options.nodeName })
  }

  /**
   * Commits the event of a refused delivery: at most one per source in ten seconds, with the number of refusals since the
   * last one. Never throws.
   */
  async deliveryRefused(refusal: RefusedDelivery): Promise<void> {
    if (!this.#hasRuleFor('delivery.refused')) return
    const now = this.#options.clock()
    const before = this.#refusals.get(refusal.source)
    if (before !== undefined && Math.abs(now - before.lastEventAt) < REFUSED_EVERY_MS) {
      before.suppressed++
      return
    }
    // A plugin without types may give a reason that is not text.
    const reason = this.#options.redactor.text(String(refusal.reason))
    const suppressed = before?.suppressed ?? 0
    const payload = { ...refusal, reason, node: this.#options.nodeName, suppressed }
    const entry = this.#createEntry('delivery.refused', payload)
    if (entry === null) return
    this.#refusals.set(refusal.source, { lastEventAt: now, suppressed: 0 })
    await this.#commit(entry)
  }

  /** Commits the event of a changed config that is now in force, in the background. Never throws. */
  configChanged(next: RunningConfig, previous: RunningConfig): void {
    if (next.version === previous.version) return
    this.#commitInBackground('config.changed', {
      version: next.version,
      previous: previous.version,
      sources: next.sources.size,
      programs: next.programs.size,
      rules: next.rules.length,
      node: this.#options.nodeName,
    })
  }

  /** Commits the event of a changed config that was rejected, in the background. Never throws. */
  configFaulty({ code, message, fields }: HooklineError): void {
    this.#commitInBackground('config.faulty', {
      version: this.#configVersion,
      code,
      faults: Array.isArray(fields['faults']) ? fields['faults'].length : 1,
      node: this.#options.nodeName,
      message: this.#options.redactor.text(message),
    })
  }

  /** Commits the event of a tunnel that is open, or is not, in the background. Never throws. */
  tunnelChanged(tunnel: Omit<TunnelChangedFacts, 'node'>): void {
    this.#commitInBackground('tunnel.changed', { ...tunnel, node: this.#options.nodeName })
  }

  /**
   * Commits the event of something expected that did not come. `id` is the same for the same silence, of which one event is
   * kept. Throws what the store throws.
   */
  async silent(silence: Omit<SilentFacts, 'node'>, id: string): Promise<void> {
    if (!this.#hasRuleFor('program.silent')) return
    const payload = { ...silence, node: this.#options.nodeName }
    const entry = this.#createEntry('program.silent', payload, id)
    if (entry !== null) await this.#options.store.accept(entry)
  }

  /** Creates no further events. Resolves when those under way are committed or have failed. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#commits)
  }

  #hasRuleFor(type: OwnEventType): boolean {
    return this.#rules.candidates(OWN_SOURCE, type).length > 0
  }

  #createTaskEntry(
    state: OwnTaskPayload['state'],
    { task, settlement, durationMs, output }: EndedAttempt,
  ): AcceptEntry | null {
    const type = TASK_TYPES[state]
    if (!this.#hasRuleFor(type)) return null
    return this.#createEntry(type, {
      task: task.id,
      state,
      program: task.program,
      rule: task.rule,
      source: task.source,
      event_type: task.eventType,
      event_id: task.eventId,
      delivery: task.deliveryId,
      attempts: task.attempts,
      lost_attempts: task.lostAttempts,
      exit_code: settlement.exitCode,
      reason: settlement.reason,
      node: this.#options.nodeName,
      duration_ms: Math.max(0, Math.round(durationMs)),
      output,
    })
  }

  #commitInBackground<Type extends OwnEventType>(type: Type, payload: OwnPayloads[Type]): void {
    if (this.#closed || !this.#hasRuleFor(type)) return
    const entry = this.#createEntry(type, payload)
    if (entry === null) return
    const commit = this.#commit(entry).finally(() => this.#commits.delete(commit))
    this.#commits.add(commit)
  }

  async #commit(entry: AcceptEntry): Promise<void> {
    try {
      await this.#options.store.accept(entry)
    } catch (error) {
      const fields = { type: entry.events[0]?.type, err: error }
      this.#options.logger.error(fields, "an event of Hookline's own could not be committed")
    }
  }

  /** Null if no rule matches the event. */
  #createEntry<Type extends OwnEventType>(
    type: Type,
    payload: OwnPayloads[Type],
    id: string | null = null,
  ): AcceptEntry | null {
    const { delivery, record } = makeDelivery({
      source: OWN_SOURCE,
      method: 'INTERNAL',
      path: '',
      payload: JSON.stringify(payload),
      client: null,
      originalId: null,
      now: this.#options.clock(),
    })
    const facts = factsOf(type, payload)
    const parsed = { type, id, facts, payload: delivery.json() }
    const event = planEvent(delivery, parsed, this.#rules)
    const isMatched = event.decisions.some(
      ({ matched, because }) => matched || because !== 'condition_false',
    )
    if (!isMatched) return null
    return { delivery: record, events: [event] }
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
