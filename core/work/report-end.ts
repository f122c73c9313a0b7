import type { PluginLogger } from '../contracts/plugin.ts'
import type { Settlement } from '../contracts/store.ts'
import type { Attempt } from './attempt.ts'

export interface EndReport {
  readonly logger: PluginLogger
  readonly attempt: Attempt
  readonly durationMs: number
  /** Null where nothing was recorded. */
  readonly settlement: Settlement | null
}

/** One line in the service log. The reason stays in the store: it may quote what the program was given. */
export function reportEnd({ logger, attempt, durationMs, settlement }: EndReport): void {
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
