import type { BreakerUse } from '../../contracts/pause.ts'
import type { AttemptStatus, TaskState } from '../../contracts/task.ts'
import type { KeptPause } from './pauses.ts'

/** Who pauses a program whose breaker opens. No token has this name. */
export const BREAKER = 'breaker'

/** What is known of a program whose breaker counts. */
export interface BreakerState {
  /** Number of tasks dead in a row. */
  readonly dead: number
  /** The pause of the program, whoever began it. */
  readonly pause: KeptPause | null
}

/** The end of an attempt, as it was settled. */
export interface CountedEnd {
  readonly taskId: string
  readonly state: TaskState
  readonly attempt: AttemptStatus
}

export interface BreakerStep {
  readonly next: BreakerState
  /** Whether the breaker opens or closes: then the event is to be accepted. */
  readonly isTurned: boolean
}

/** What the end of an attempt makes of a breaker. Only tasks that succeed or are dead count, and nothing while it is open. */
export function breakerStep(
  before: BreakerState,
  { taskId, state, attempt }: CountedEnd,
  { use, now }: { readonly use: BreakerUse<unknown>; readonly now: number },
): BreakerStep {
  const { dead, pause } = before
  const stays = (next: BreakerState): BreakerStep => ({ next, isTurned: false })
  if (pause?.probe?.taskId === taskId) {
    if (attempt === 'succeeded') return { next: { dead: 0, pause: null }, isTurned: true }
    // One that was cancelled or handed back shows nothing.
    const at = attempt === 'failed' ? now + pause.probe.everyMs : now
    return stays({ dead, pause: { ...pause, probe: { ...pause.probe, at, taskId: null } } })
  }
  if (pause !== null) return stays(before)
  if (attempt === 'succeeded') return stays({ dead: 0, pause })
  if (state !== 'dead') return stays(before)
  if (use.after === null || dead + 1 < use.after) return stays({ dead: dead + 1, pause })
  const opened: KeptPause = {
    kind: 'program',
    name: use.program,
    since: now,
    by: BREAKER,
    reason: use.reason,
    isResuming: false,
    released: null,
    probe: { everyMs: use.probeMs, at: now + use.probeMs, taskId: null },
  }
  return { next: { dead: 0, pause: opened }, isTurned: true }
}
