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
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** A lease and whom to tell that its run must stop. */
export interface HeldLease {
  readonly lease: Lease
  /** By our own clock, from before the claim was asked for: never later than in the store. */
  readonly expiresAt: number
  readonly stop: (reason: StopReason) => void
}

/** All leases of a node, renewed together three times in the life of a lease. */
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
    // We claimed our own task again: its earlier run had lost it.
    this.#held.get(taskId)?.stop('lease_lost')
    this.#held.set(taskId, held)
    this.#schedule()
  }

  remove(lease: Lease): void {
    if (this.#held.get(lease.taskId)?.lease === lease) this.#held.delete(lease.taskId)
    if (this.#held.size === 0) this.#clearTimer()
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
    const now = this.#options.clock()
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
    // A renewal that hangs must not keep leases from running out.
    if (!this.#renewing && this.#held.size > 0) void this.#renew()
    this.#schedule()
  }

  #dropExpired(): void {
    const now = this.#options.clock()
    for (const held of this.#held.values()) if (held.expiresAt <= now) this.#lose(held)
  }

  #lose(held: HeldLease): void {
    this.remove(held.lease)
    held.stop('lease_lost')
  }

  async #renew(): Promise<void> {
    const { store, clock, logger } = this.#options
    const leaseSeconds = this.#options.leaseSeconds()
    const asked = [...this.#held.values()]
    const expiresAt = clock() + leaseSeconds * 1000
    this.#renewing = true
    try {
      const leases = asked.map((held) => held.lease)
      const renewed = await store.renew(leases, leaseSeconds)
      const statuses = new Map(renewed.map((row) => [row.taskId, row.status]))
      for (const held of asked) {
        // It may have ended, or been claimed again, while the store was asked.
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
