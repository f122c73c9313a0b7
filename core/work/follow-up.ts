import type { ProgramSettings } from '../contracts/config.ts'
import type { BreakerUse } from '../contracts/pause.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { AcceptEntry, Claim, Settlement } from '../contracts/store.ts'
import { OWN_SOURCE } from '../own-events/catalog.ts'
import type { EndedAttempt, OwnEvents } from '../own-events/own-events.ts'
import { BREAKER } from '../sdk/store/breaker.ts'
import { locateFault } from './fault.ts'

export interface FollowUpOptions {
  /** Default: no events. */
  readonly ownEvents?: Pick<OwnEvents, 'attemptEnded' | 'pauseChanged'>
  readonly logger: PluginLogger
}

interface Ended extends EndedAttempt {
  readonly isProbe: Claim['isProbe']
  readonly breaker: ProgramSettings['breaker']
}

/** A settlement with what is committed with it: the event of the end, and what the end means to a breaker. */
export function withFollowUps(ended: Ended, options: FollowUpOptions): Settlement {
  const { settlement } = ended
  const followUp = createEvent(ended, options, (events) => events.attemptEnded(ended))
  const breaker = breakerUse(ended, options)
  return {
    ...settlement,
    ...(followUp === null ? {} : { followUp }),
    ...(breaker === null ? {} : { breaker }),
  }
}

/** Null if the end means nothing to a breaker: it is neither the end of a probe, nor does it count. */
function breakerUse(ended: Ended, options: FollowUpOptions): BreakerUse | null {
  const { task, settlement, isProbe = false, breaker } = ended
  const isSuccess = settlement.attempt === 'succeeded'
  if (!isProbe && (breaker === null || !(isSuccess || settlement.state === 'dead'))) return null
  const { after = null, probeMs = 0 } = breaker ?? {}
  const reason = isSuccess
    ? `${task.id} succeeded`
    : `${after === 1 ? 'one task' : `${after} tasks`} dead in a row, the last ${task.id}`
  const change = isSuccess ? 'resumed' : 'paused'
  // One success in many ends a pause, so others need no event. A notification must not cause another.
  const isTold = isProbe === isSuccess && task.source !== OWN_SOURCE
  const pause = { kind: 'program', name: task.program, by: BREAKER, reason } as const
  return {
    program: task.program,
    after,
    probeMs,
    isProbe,
    reason,
    event: isTold
      ? createEvent(ended, options, (events) => events.pauseChanged(change, pause))
      : null,
  }
}

/** A fault in an event must not keep the task from being settled. */
function createEvent(
  { task }: Ended,
  { ownEvents, logger }: FollowUpOptions,
  create: (events: NonNullable<FollowUpOptions['ownEvents']>) => AcceptEntry | null,
): AcceptEntry | null {
  if (ownEvents === undefined) return null
  try {
    return create(ownEvents)
  } catch (error) {
    const fields = { taskId: task.id, fault: locateFault(error) }
    logger.error(fields, 'the event of the end of a task could not be created')
    return null
  }
}
