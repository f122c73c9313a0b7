import type { Meter } from '../contracts/meter.ts'

const nothing = (): void => {}

/** Where nothing is measured. */
export const NO_METER: Meter = {
  delivery: nothing,
  committed: nothing,
  attempt: nothing,
  configChanged: nothing,
  pruned: nothing,
  pruneEnded: nothing,
}
