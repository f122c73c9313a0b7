import { setTimeout as sleep } from 'node:timers/promises'
import type { Meter } from '../contracts/meter.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Settlement } from '../contracts/store.ts'
import type { Span } from '../contracts/tracer.ts'
import { isHooklineError } from '../errors/errors.ts'
import { storeRetryMs } from '../kit/passes.ts'
import type { Attempt } from './attempt.ts'
import { describeFault } from './fault.ts'
import { EXECUTOR_FAILED, isShortage } from './settlement.ts'

/** Tries for an error that concerns this task only, and not the store as a whole: it will not go away. */
const MAX_REFUSALS = 6
/** Characters of a reason in the log. The task has the whole. */
const MAX_LOGGED_REASON = 500

export interface RecordOptions {
  readonly taskId: string
  /** Ends the tries: the lease then expires, and the task runs again. */
  readonly signal: AbortSignal
  readonly logger: PluginLogger
}

/**
 * Records a settlement or a hand-over by `write`; tries again until the store answers. False if the lease was lost, the
 * tries were ended, or the store is available but never takes it: the task is then left to its lease. Never throws.
 */
export async function record(
  write: () => Promise<boolean>,
  { taskId, signal, logger }: RecordOptions,
): Promise<boolean> {
  let refusals = 0
  for (let failures = 1; ; failures++) {
    try {
      return await write()
    } catch (error) {
      const fields = { taskId, failures, fault: describeFault(error) }
      logger.error(fields, 'the store could not record how a task ended')
      if (isHooklineError(error) && error.code !== 'store_unavailable') refusals++
      if (refusals >= MAX_REFUSALS) return false
    }
    try {
      await sleep(storeRetryMs(failures), undefined, { signal })
    } catch {
      return false
    }
  }
}

export interface EndReport {
  readonly logger: PluginLogger
  readonly meter: Meter
  readonly span: Span
  readonly attempt: Pick<Attempt, 'taskId' | 'program' | 'fields'>
  readonly durationMs: number
  /** Null if nothing was recorded. */
  readonly settlement: Settlement | null
}

interface HandOverReport extends Pick<EndReport, 'logger' | 'span' | 'attempt'> {
  readonly ref: string
  readonly isRecorded: boolean
}

/** Reports the end of an attempt to metrics, trace and log. */
export function reportEnd(report: EndReport): void {
  const { meter, span, attempt, durationMs, settlement } = report
  const { program } = attempt
  const status = settlement?.attempt ?? 'lost'
  const state = settlement?.state ?? null
  meter.attempt({ program, status, state, seconds: durationMs / 1000 })
  const exitCode = settlement?.exitCode ?? null
  span.end(
    {
      'hookline.attempt.status': status,
      ...(state === null ? {} : { 'hookline.task.state': state }),
      ...(exitCode === null ? {} : { 'hookline.exit_code': exitCode }),
    },
    status === 'failed' || status === 'lost' ? status : null,
  )
  logEnd(report)
}

/** Reports that a run goes on at an engine. `isRecorded` is false if the lease was lost. */
export function reportHandOver({ logger, span, attempt, ref, isRecorded }: HandOverReport): void {
  const status = isRecorded ? 'handed-over' : 'lost'
  span.end({ 'hookline.attempt.status': status }, isRecorded ? null : status)
  const fields = { ...attempt.fields, ref }
  if (isRecorded) logger.info(fields, 'task handed over to its engine')
  else logger.warn(fields, 'a hand-over was not recorded: its lease was lost')
}

function logEnd({ logger, attempt, durationMs, settlement }: EndReport): void {
  const fields = { ...attempt.fields, durationMs }
  if (settlement === null) {
    logger.warn(fields, 'task not recorded: its lease was lost')
    return
  }
  const { exitCode, reason } = settlement
  const ended = { ...fields, exitCode, ...(reason === null ? {} : { reason: loggable(reason) }) }
  if (settlement.attempt === 'returned') {
    if (isShortage(settlement)) logger.error(ended, 'no room to start a program: its task waits')
    else logger.info(ended, 'task handed back')
  } else if (settlement.state === 'waiting') {
    logger.warn({ ...ended, dueAt: settlement.dueAt }, 'task failed, to be tried again')
  } else if (settlement.state === 'dead') {
    logger.error({ ...ended, see: `hookline task ${attempt.taskId}` }, 'task dead')
  } else logger.info(ended, `task ${settlement.state}`)
}

function loggable(reason: string): string {
  if (reason.startsWith(EXECUTOR_FAILED)) return 'The executor failed; the task has its message'
  return reason.length > MAX_LOGGED_REASON ? `${reason.slice(0, MAX_LOGGED_REASON)}…` : reason
}
