const nothing = (): void => {}

/** A meter that does nothing. */
export const NO_METER = {
  delivery: nothing,
  committed: nothing,
  refused: nothing,
  attempt: nothing,
  configChanged: nothing,
  recovered: nothing,
  caughtUp: nothing,
  pruned: nothing,
  pruneEnded: nothing,
}
