import type { RunningConfig, RunningProgram } from '../contracts/config.ts'
import type { ClaimedProgram } from '../contracts/policy.ts'
import type { ClaimRequest } from '../contracts/store.ts'
import { hasLabels } from '../kit/labels.ts'

const MAX_CLAIMS_AT_ONCE = 100
/** Ended but not yet recorded: more means that the store is slow. */
const MAX_UNRECORDED = 256

/** What a node does just now. */
export interface Occupancy {
  readonly node: string
  /** Programs that run. */
  readonly running: number
  /** Runs that have ended, and whose end is being recorded. */
  readonly unrecorded: number
}

/** What to claim now, of the programs that this node may run; null where it has no room. */
export function claimRequest(config: RunningConfig, now: Occupancy): ClaimRequest | null {
  const { concurrency, leaseSeconds, labels } = config.settings.node
  const limit = Math.min(
    concurrency - now.running,
    MAX_UNRECORDED - now.unrecorded,
    MAX_CLAIMS_AT_ONCE,
  )
  if (limit <= 0) return null
  const programs = [...config.programs.values()]
    .filter(({ settings }) => hasLabels(labels, settings.runsOn))
    .map(claimedProgram)
  return { node: now.node, limit, leaseSeconds, programs }
}

function claimedProgram({ name, settings }: RunningProgram): ClaimedProgram {
  const { concurrency, rateLimit } = settings.policy
  return { name, concurrency, rateLimit }
}
