/** A claim takes no more tasks once their payloads are this large together: all are held in memory at once. */
const MAX_PAYLOADS_SIZE = 33_554_432

/** A waiting task that may be claimed as far as only time counts. */
export interface ClaimCandidate {
  readonly id: string
  readonly priority: number
  /** Since when it may be claimed, in ms since the epoch. */
  readonly at: number
  /** Whether an attempt of it was lost. */
  readonly isLost: boolean
}

export interface ClaimBounds {
  readonly limit: number
  /** Whether tasks with lost attempts are passed over. */
  readonly skipsLost: boolean
}

export interface TakenCandidate<Candidate> {
  /** Size of the payload in bytes or characters; null if the limits left no room for the task. */
  readonly size: number | null
  /** The next task of its lane, if it may be claimed now. */
  readonly next: Candidate | null
}

/**
 * Offers candidates to `take` by priority, then by time, then by id, until `limit` of them were taken. At most one of
 * them has lost attempts. One that is passed over stays the first of its lane.
 */
export function claimInOrder<Candidate extends ClaimCandidate>(
  candidates: readonly Candidate[],
  { limit, skipsLost }: ClaimBounds,
  take: (candidate: Candidate) => TakenCandidate<Candidate>,
): void {
  const queue = candidates.toSorted(compare)
  let [taken, payloadsSize] = [0, 0]
  let passesLost = skipsLost
  while (taken < limit && payloadsSize < MAX_PAYLOADS_SIZE) {
    const candidate = queue.shift()
    if (candidate === undefined) return
    if (candidate.isLost && passesLost) continue
    const { size, next } = take(candidate)
    if (size !== null) {
      taken += 1
      passesLost ||= candidate.isLost
      payloadsSize += size
    }
    if (next !== null) insert(queue, next)
  }
}

function insert<Candidate extends ClaimCandidate>(queue: Candidate[], candidate: Candidate): void {
  const index = queue.findIndex((other) => compare(candidate, other) < 0)
  queue.splice(index < 0 ? queue.length : index, 0, candidate)
}

function compare(one: ClaimCandidate, other: ClaimCandidate): number {
  return (
    other.priority - one.priority ||
    one.at - other.at ||
    (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
  )
}
