import type { Delivery } from '../contracts/delivery.ts'
import type { SourceInstance } from '../contracts/source.ts'
import { withTimeLimit } from '../kit/time-limit.ts'
import { type DeliveryParts, ReceivedDelivery } from '../matching/received-delivery.ts'
import type { Finding } from './finding.ts'
import type { SourceOptions, VariedSource } from './vary-source.ts'

export type ChangeKind = 'secret' | 'option' | 'body' | 'header' | 'url' | 'clock'

/** One way in which the delivery or the config may have been intended. */
export interface Change {
  readonly kind: ChangeKind
  readonly findings: readonly Finding[]
  readonly options?: (options: SourceOptions) => SourceOptions
  readonly delivery?: (parts: DeliveryParts) => DeliveryParts
  /** Milliseconds since the epoch. */
  readonly now?: number
}

export interface TrialsOptions {
  readonly varied: VariedSource
  readonly options: SourceOptions
  readonly parts: DeliveryParts
  readonly budget: Budget
}

const MAX_TRIALS = 2000
const MAX_MILLISECONDS = 10_000
const YIELD_AFTER_MS = 20

/** Limits how many signatures are checked, and for how long. */
export class Budget {
  trials = 0
  readonly #clock: () => number
  readonly #endsAt: number
  #ranSince: number

  constructor(clock: () => number = performance.now.bind(performance)) {
    this.#clock = clock
    this.#ranSince = clock()
    this.#endsAt = this.#ranSince + MAX_MILLISECONDS
  }

  get isSpent(): boolean {
    return this.trials >= MAX_TRIALS || this.#clock() >= this.#endsAt
  }

  /** Lets other work run if this has run for long. */
  async yield(): Promise<void> {
    if (this.#clock() - this.#ranSince < YIELD_AFTER_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#ranSince = this.#clock()
  }

  /** Whether a source accepts a delivery; false also if it throws, or if the budget is spent. */
  async accepts(instance: SourceInstance, delivery: Delivery): Promise<boolean> {
    if (this.isSpent) return false
    this.trials++
    await this.yield()
    try {
      const verdict = instance.verify(delivery)
      const restMs = Math.max(0, this.#endsAt - this.#clock())
      return (await withTimeLimit(verdict, restMs, () => null))?.ok === true
    } catch {
      return false
    }
  }
}

/** Calls `verify` again, with the source or the delivery changed. */
export class Trials {
  readonly #given: TrialsOptions
  readonly #instances = new Map<string, SourceInstance | null>()
  readonly #changeIds = new Map<Change, number>()
  readonly #trusted = new Map<SourceInstance, boolean>()

  constructor(given: TrialsOptions) {
    this.#given = given
  }

  get parts(): DeliveryParts {
    return this.#given.parts
  }

  get budget(): Budget {
    return this.#given.budget
  }

  /** Whether the delivery would be accepted with these changes, by a source that does not accept any delivery. */
  async passes(changes: readonly Change[]): Promise<boolean> {
    const instance = this.instance(changes)
    if (instance === null) return false
    const parts = changes.reduce((now, { delivery }) => delivery?.(now) ?? now, this.parts)
    return (await this.#accepts(instance, parts)) && (await this.#isTrusted(instance))
  }

  /** The source with these changes. Its clock shows the time of arrival, or that of a change. */
  instance(changes: readonly Change[] = []): SourceInstance | null {
    const own = changes.filter(({ options, now }) => options !== undefined || now !== undefined)
    const key = own.map((change) => this.#idOf(change)).join()
    const known = this.#instances.get(key)
    if (known !== undefined) return known
    const { varied, options } = this.#given
    const changed = own.reduce((now, change) => change.options?.(now) ?? now, options)
    const now = own.find((change) => change.now !== undefined)?.now
    const arrivedAt = this.parts.receivedAt.getTime()
    const instance = varied.create(changed, () => now ?? arrivedAt)
    this.#instances.set(key, instance)
    return instance
  }

  // A source that accepts deliveries without proof does not explain anything by accepting this one.
  async #isTrusted(instance: SourceInstance): Promise<boolean> {
    const known = this.#trusted.get(instance)
    if (known !== undefined) return known
    const path = this.parts.path.replace(/\?.*$/s, '')
    const bare = { ...this.parts, path, headers: {}, body: new TextEncoder().encode('{}') }
    const trusted = !(await this.#accepts(instance, bare))
    this.#trusted.set(instance, trusted)
    return trusted
  }

  #accepts(instance: SourceInstance, parts: DeliveryParts): Promise<boolean> {
    return this.#given.budget.accepts(instance, new ReceivedDelivery(parts))
  }

  #idOf(change: Change): number {
    const id = this.#changeIds.get(change) ?? this.#changeIds.size
    this.#changeIds.set(change, id)
    return id
  }
}
