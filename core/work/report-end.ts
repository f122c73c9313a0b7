import type { Meter } from '../contracts/meter.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Settlement } from '../contracts/store.ts'
import type { Span } from '../contracts/tracer.ts'
import type { Attempt } from './attempt.ts'

export interface EndReport {
  readonly logger: PluginLogger
  readonly meter: Meter
  readonly span: Span
  readonly attempt: Attempt
  readonly durationMs: number
  /** Null where nothing was recorded. */
  readonly settlement: Settlement | null
}

/** Tells log, figures and trace. The reason stays in the store: it may quote what the program was given. */
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

function logEnd({ logger, attempt, durationMs, settlement }: EndReport): void {
  const fields = { ...attempt.fields, durationMs }
  if (settlement === null) {
    logger.warn(fields, 'task not recorded: its lease was lost')
    return
  }
  const ended = { ...fields, exitCode: settlement.exitCode }
  if (settlement.attempt === 'returned') logger.info(ended, 'task handed back')
  else if (settlement.state === 'waiting') {
    logger.warn({ ...ended, dueAt: settlement.dueAt }, 'task failed, to be tried again')
  } else if (settlement.state === 'dead') logger.error(ended, 'task dead')
  else logger.info(ended, `task ${settlement.state}`)
}
