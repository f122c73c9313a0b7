import type { PluginLogger } from '../../../core/index.ts'

/** Clocks of machines that are kept in time differ by less; what is less is left as it is. */
const TOLERANCE_MS = 1_000
/** A measurement that took longer says too little. */
const MAX_SPAN_MS = 1_000

export interface ClockSettings {
  /** The node's clock, ms since the epoch. */
  readonly clock: () => number
  /** Time that has passed for the database beside its own. 0 but in tests. */
  readonly passedMs: () => number
  readonly logger: PluginLogger
}

/** One time for all nodes: the database's. Leases, delays and rates are judged by it, whatever the nodes' clocks say. */
export interface StoreClock {
  /** Starts a measurement; call what it returns with the database's clock, to get the store's time. */
  measure(): (databaseNow: number) => number
  /** A time by the node's clock as the store's, whole ms. */
  toStore(time: number): number
  /** And back. */
  toNode(time: number): number
  readonly passedMs: () => number
}

export function createStoreClock({ clock, passedMs, logger }: ClockSettings): StoreClock {
  /** The node's clock less the store's. */
  let skewMs = 0

  const note = (least: number, most: number): void => {
    if (most - least > MAX_SPAN_MS) return
    const isTolerable = least <= TOLERANCE_MS && most >= -TOLERANCE_MS
    const measured = isTolerable ? 0 : Math.round((least + most) / 2)
    if (measured !== 0 && skewMs === 0) {
      logger.warn({ skewMs: measured }, 'the clocks of this node and of the database differ')
    }
    skewMs = measured
  }

  return {
    measure() {
      const before = clock()
      return (databaseNow) => {
        const now = databaseNow + Math.trunc(passedMs())
        // The database read its clock somewhere between.
        note(before - now, clock() - now)
        return now
      }
    },
    toStore: (time) => Math.ceil(time - skewMs),
    toNode: (time) => time + skewMs,
    passedMs,
  }
}
