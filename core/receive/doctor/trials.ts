import type { Delivery, Verdict } from '../../contracts/delivery.ts'
import type { SourceInstance } from '../../contracts/source.ts'
import type { SourceOptions, VariedSource } from '../../kit/vary-source.ts'
import { type DeliveryParts, ReceivedDelivery } from '../received-delivery.ts'
import type { Finding } from './finding.ts'

export type ChangeKind = 'secret' | 'option' | 'body' | 'header' | 'url' | 'clock'

/** One way in which the delivery or the config may have been meant. */
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

/** How often and how long may be tried. */
export class Budget {
  tried = 0
  readonly #clock: () => number
  readonly #endsAt: number
  #ranSince: number

  constructor(clock: () => number = performance.now.bind(performance)) {
    this.#clock = clock
    this.#ranSince = clock()
    this.#endsAt = this.#ranSince + MAX_MILLISECONDS
  }

  get isSpent(): boolean {
    return this.tried >= MAX_TRIALS || this.#clock() >= this.#endsAt
  }

  /** Lets others run, where this has run for long. */
  async yield(): Promise<void> {
    if (this.#clock() - this.#ranSince < YIELD_AFTER_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#ranSince = this.#clock()
  }

  /** Asks a source; false also where it throws, or the budget is spent. */
  async asks(instance: SourceInstance, delivery: Delivery): Promise<boolean> {
    if (this.isSpent) return false
    this.tried++
    await this.yield()
    try {
      const verdict = instance.verify(delivery)
      return (verdict instanceof Promise ? await this.#inTime(verdict) : verdict)?.ok === true
    } catch {
      return false
    }
  }

  async #inTime(verdict: Promise<Verdict>): Promise<Verdict | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), Math.max(0, this.#endsAt - this.#clock()))
    })
    try {
      return await Promise.race([verdict, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Asks a source's `verify` again, with the source or the delivery changed. */
export class Trials {
  readonly #given: TrialsOptions
  readonly #instances = new Map<string, SourceInstance | null>()
  readonly #marks = new Map<Change, number>()
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

  /** Whether the delivery would be accepted with these changes, by a source that does not accept just anything. */
  async passes(changes: readonly Change[]): Promise<boolean> {
    const instance = this.instance(changes)
    if (instance === null) return false
    const parts = changes.reduce((now, { delivery }) => delivery?.(now) ?? now, this.parts)
    return (await this.#asks(instance, parts)) && (await this.#isTrusted(instance))
  }

  /** The source with these changes; its clock stands at the time of arrival. */
  instance(changes: readonly Change[] = []): SourceInstance | null {
    const own = changes.filter(({ options, now }) => options !== undefined || now !== undefined)
    const mark = own.map((change) => this.#markOf(change)).join()
    const known = this.#instances.get(mark)
    if (known !== undefined) return known
    const { varied, options } = this.#given
    const changed = own.reduce((now, change) => change.options?.(now) ?? now, options)
    const now = own.find((change) => change.now !== undefined)?.now
    const arrivedAt = this.parts.receivedAt.getTime()
    const instance = varied.create(changed, () => now ?? arrivedAt)
    this.#instances.set(mark, instance)
    return instance
  }

  // What takes a delivery without any proof, tells nothing by taking this one.
  async #isTrusted(instance: SourceInstance): Promise<boolean> {
    const known = this.#trusted.get(instance)
    if (known !== undefined) return known
    const path = this.parts.path.replace(/\?.*$/s, '')
    const bare = { ...this.parts, path, headers: {}, body: new TextEncoder().encode('{}') }
    const trusted = !(await this.#asks(instance, bare))
    this.#trusted.set(instance, trusted)
    return trusted
  }

  #asks(instance: SourceInstance, parts: DeliveryParts): Promise<boolean> {
    return this.#given.budget.asks(instance, new ReceivedDelivery(parts))
  }

  #markOf(change: Change): number {
    const mark = this.#marks.get(change) ?? this.#marks.size
    this.#marks.set(change, mark)
    return mark
  }
}
