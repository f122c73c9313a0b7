import type { ProgramSettings, RunningConfig } from '../contracts/config.ts'
import type { BreakerUse } from '../contracts/pause.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { AcceptEntry, Claim, Settlement, StoreInstance } from '../contracts/store.ts'
import { parseKeepingDigits } from '../kit/exact-json.ts'
import { nextStep, stepsAfter } from '../matching/next-step.ts'
import { readStoredEvent } from '../matching/stored-event.ts'
import { OWN_SOURCE } from '../own-events/catalog.ts'
import type { EndedAttempt, OwnEvents } from '../own-events/own-events.ts'
import { BREAKER } from '../sdk/store/breaker.ts'
import { locateFault } from './fault.ts'
import { readRequest } from './read-request.ts'

export interface FollowUpOptions {
  /** Default: no events. */
  readonly ownEvents?: Pick<OwnEvents, 'attemptEnded' | 'pauseChanged'>
  readonly logger: PluginLogger
  readonly config: () => Pick<RunningConfig, 'rules'>
  readonly store: Pick<StoreInstance, 'delivery' | 'events'>
  readonly clock: () => number
}

interface Ended extends EndedAttempt {
  readonly isProbe: Claim['isProbe']
  readonly breaker: ProgramSettings['breaker']
  /** The event of the task; absent: it is read if it is needed. */
  readonly event?: Claim['event']
}

/**
 * A settlement with what is committed with it: the task of the next step, the event of the end, and what the end means to a
 * breaker. Throws if the store cannot be read.
 */
export async function withFollowUps(ended: Ended, options: FollowUpOptions): Promise<Settlement> {
  const { settlement } = ended
  const followUp = createEvent(ended, options, (events) => events.attemptEnded(ended))
  const breaker = breakerUse(ended, options)
  return {
    ...settlement,
    ...(await next(ended, options)),
    ...(followUp === null ? {} : { followUp }),
    ...(breaker === null ? {} : { breaker }),
  }
}

/** The next step, if the task succeeded and its rule has one. The reason of the task tells of steps that are passed over. */
async function next(
  { task, settlement, event }: Ended,
  { config, store, logger, clock }: FollowUpOptions,
): Promise<Pick<Settlement, 'next' | 'reason'> | null> {
  const { reason, result, exitCode } = settlement
  const after = settlement.state === 'succeeded' ? stepsAfter(config(), task) : null
  if (after === null) return null
  const stored = event ?? (await eventOf(task, store))
  if (stored === null) return null
  const request = after.readsRequest ? await readRequest(store, task.deliveryId) : null
  const previous = {
    task: task.id,
    program: task.program,
    exitCode,
    result: result === null ? null : parseKeepingDigits(result),
  }
  try {
    const source = readStoredEvent(stored, request, previous)
    const made = nextStep(after, { event: source.event, previous, result, now: clock() })
    const notes = [reason, made.note].filter((note) => note !== null).join('; ')
    return {
      reason: notes === '' ? null : notes,
      ...(made.task === null ? {} : { next: made.task }),
    }
  } catch (error) {
    const fields = { taskId: task.id, fault: locateFault(error) }
    logger.error(fields, 'the task of a next step could not be created')
    return { reason: 'internal: the next step could not be created' }
  }
}

async function eventOf(
  { deliveryId, eventId }: EndedAttempt['task'],
  store: FollowUpOptions['store'],
): Promise<Claim['event'] | null> {
  const events = await store.events(deliveryId)
  return events.find(({ id }) => id === eventId) ?? null
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
