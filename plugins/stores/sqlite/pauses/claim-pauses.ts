import {
  claimableAt,
  type KeptPause,
  PARKED_PER_CLAIM,
  type ProgramGate,
  programGate,
  withProbe,
} from '../../../../core/sdk/store/pauses.ts'
import type { HandlerContext } from '../batch/context.ts'
import { prepareParking, releaseNext } from './parking.ts'

const IS_RUNNING = "SELECT 1 FROM tasks WHERE id = ? AND state = 'running'"

/** What pauses mean to one claim. */
export interface ClaimPauses {
  /** Number of candidates of each program that may have to be parked. */
  readonly surplus: number
  gate(program: string): ProgramGate
  /** Notes that a task was let through as a probe. */
  probe(program: string, taskId: string): void
  /** Parks a candidate if a pause holds it back. `left`: one does, but the claim has parked enough. */
  park(taskId: string): 'free' | 'parked' | 'left'
}

function prepareIsProbing({ database }: HandlerContext) {
  const isRunning = database.prepare(IS_RUNNING)
  return (pause: KeptPause | null): boolean => {
    const taskId = pause?.probe?.taskId ?? null
    return taskId !== null && isRunning.get(taskId) !== undefined
  }
}

/** When a program may be claimed next, as far as pauses count. See `claimableAt`. */
export function prepareClaimable(context: HandlerContext) {
  const isProbing = prepareIsProbing(context)
  return (name: string, times: readonly number[]): number | null => {
    const pause = context.pauses.find({ kind: 'program', name })
    return claimableAt(times, pause, isProbing(pause))
  }
}

/** Releases the next tasks of a pause that is being resumed, and holds back those of others. */
export function prepareClaimPauses(context: HandlerContext): (now: number) => ClaimPauses {
  const { database, pauses, changes } = context
  const { parkIfHeld } = prepareParking(database)
  const isProbing = prepareIsProbing(context)

  const release = (kept: readonly KeptPause[], now: number): readonly KeptPause[] => {
    const resumed = kept.find(({ isResuming }) => isResuming)
    if (resumed === undefined) return kept
    const isEnded = releaseNext(context, resumed, { limit: PARKED_PER_CLAIM, now })
    if (isEnded) changes.push({ kind: 'pause' })
    changes.push({ kind: 'work' })
    return pauses.list()
  }

  return (now) => {
    const kept = release(pauses.list(), now)
    const ofPrograms = new Map(
      kept.filter(({ kind }) => kind === 'program').map((pause) => [pause.name, pause]),
    )
    const holds = kept.length > ofPrograms.size
    let room = PARKED_PER_CLAIM
    return {
      surplus: holds ? PARKED_PER_CLAIM : 0,
      gate(program) {
        const pause = ofPrograms.get(program) ?? null
        return programGate(pause, { isProbing: isProbing(pause), now })
      },
      probe(program, taskId) {
        const pause = ofPrograms.get(program)
        if (pause !== undefined) pauses.put(withProbe(pause, taskId, now))
      },
      park(taskId) {
        if (!holds || !parkIfHeld(taskId, kept, room > 0)) return 'free'
        room -= 1
        // Others behind it may be free.
        if (room === 0) changes.push({ kind: 'work' })
        return room < 0 ? 'left' : 'parked'
      },
    }
  }
}
