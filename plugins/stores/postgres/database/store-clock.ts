import type { PluginLogger } from '../../../../core/sdk/store.ts'

/** Clocks of synchronised machines differ by less than this. Smaller differences are not corrected. */
const TOLERANCE_MS = 1_000
/** A measurement that took longer is too imprecise. */
const MAX_SPAN_MS = 1_000

export interface ClockSettings {
  /** The node's clock, ms since the epoch. */
  readonly clock: () => number
  /** Time that has passed for the database in addition to its own. 0 except in tests. */
  readonly passedMs: () => number
  readonly logger: PluginLogger
}

/** One clock for all nodes: the database's. Leases, delays and rates are judged by it, whatever the nodes' clocks say. */
export interface StoreClock {
  /** Starts a measurement. Call the returned function with the database's clock to get the store's time. */
  measure(): (databaseNow: number) => number
  /** Converts a time of the node's clock to the store's, in whole ms. */
  toStore(time: number): number
  /** Converts a time of the store to the node's clock. */
  toNode(time: number): number
  readonly passedMs: () => number
}

export function createStoreClock({ clock, passedMs, logger }: ClockSettings): StoreClock {
  /** The node's clock minus the store's. */
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
        // The database read its clock at some time between the two.
        note(before - now, clock() - now)
        return now
      }
    },
    toStore: (time) => Math.ceil(time - skewMs),
    toNode: (time) => time + skewMs,
    passedMs,
  }
}
