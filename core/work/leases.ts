import type { StopReason } from '../contracts/executor.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Lease, StoreInstance } from '../contracts/store.ts'
import { describeFault } from './fault.ts'

const RENEWALS_PER_LEASE = 3
const MIN_TICK_MS = 10

export interface LeasesOptions {
  readonly store: Pick<StoreInstance, 'renew'>
  readonly leaseSeconds: () => number
  readonly logger: PluginLogger
}

/** A lease, and how to stop its run. */
export interface HeldLease {
  readonly lease: Lease
  /** On the monotonic clock (`performance.now()`), counted from before the claim was requested: never later than in the store. */
  readonly expiresAt: number
  readonly stop: (reason: StopReason) => void
}

/** All leases of a node. They are renewed together, three times in the duration of a lease. */
export class Leases {
  readonly #options: LeasesOptions
  readonly #held = new Map<string, HeldLease>()
  #timer: NodeJS.Timeout | null = null
  #renewing = false
  #stopped = false

  constructor(options: LeasesOptions) {
    this.#options = options
  }

  add(held: HeldLease): void {
    const { taskId } = held.lease
    // This node has claimed its own task again: the earlier run had lost its lease.
    this.#held.get(taskId)?.stop('lease_lost')
    this.#held.set(taskId, held)
    this.#schedule()
  }

  remove(lease: Lease): void {
    if (this.#held.get(lease.taskId)?.lease === lease) this.#held.delete(lease.taskId)
    if (this.#held.size === 0) this.#clearTimer()
  }

  /** All leases held now. */
  list(): readonly Lease[] {
    return [...this.#held.values()].map(({ lease }) => lease)
  }

  cancel(taskId: string): void {
    this.#held.get(taskId)?.stop('cancelled')
  }

  stop(): void {
    this.#stopped = true
    this.#held.clear()
    this.#clearTimer()
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #schedule(): void {
    if (this.#timer !== null || this.#stopped || this.#held.size === 0) return
    const now = performance.now()
    let waitMs = (this.#options.leaseSeconds() * 1000) / RENEWALS_PER_LEASE
    for (const { expiresAt } of this.#held.values()) waitMs = Math.min(waitMs, expiresAt - now)
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        this.#tick()
      },
      Math.max(MIN_TICK_MS, waitMs),
    )
  }

  #tick(): void {
    this.#dropExpired()
    // A renewal that hangs must not keep leases from expiring.
    if (!this.#renewing && this.#held.size > 0) void this.#renew()
    this.#schedule()
  }

  #dropExpired(): void {
    const now = performance.now()
    for (const held of this.#held.values()) if (held.expiresAt <= now) this.#lose(held)
  }

  #lose(held: HeldLease): void {
    this.remove(held.lease)
    held.stop('lease_lost')
  }

  async #renew(): Promise<void> {
    const { store, logger } = this.#options
    const leaseSeconds = this.#options.leaseSeconds()
    const asked = [...this.#held.values()]
    const expiresAt = performance.now() + leaseSeconds * 1000
    this.#renewing = true
    try {
      const leases = asked.map((held) => held.lease)
      const renewed = await store.renew(leases, leaseSeconds)
      const statuses = new Map(renewed.map((row) => [row.taskId, row.status]))
      for (const held of asked) {
        // The run may have ended, or its task been claimed again, during the call of the store.
        if (this.#held.get(held.lease.taskId) !== held) continue
        const status = statuses.get(held.lease.taskId) ?? 'lost'
        if (status === 'lost') this.#lose(held)
        else this.#held.set(held.lease.taskId, { ...held, expiresAt })
        if (status === 'cancel') held.stop('cancelled')
      }
    } catch (error) {
      logger.error(
        { leases: asked.length, fault: describeFault(error) },
        'the store did not renew the leases',
      )
    } finally {
      this.#renewing = false
    }
  }
}
