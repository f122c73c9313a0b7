import type { PauseRecord } from '../../contracts/pause.ts'
import type { TaskRecord } from '../../contracts/task.ts'
import { isoTime } from '../iso-time.ts'

/** A pause as the API shows it. Times are ISO 8601 in UTC. */
export function pauseView(pause: PauseRecord) {
  const { probe } = pause
  return {
    ...shortView(pause),
    /** Only while a breaker is open. */
    breaker: probe === null ? null : { probeAt: isoTime(probe.at), probing: probe.taskId },
  }
}

export type PauseView = ReturnType<typeof pauseView>

/** The pause that holds a waiting task back; null if none does. */
export function pausedBy(
  { program, rule, source }: TaskRecord,
  pauses: readonly PauseRecord[],
): Omit<PauseView, 'breaker'> | null {
  const names = { program, rule, source }
  const pause = pauses.find(({ kind, name }) => names[kind] === name)
  return pause === undefined ? null : shortView(pause)
}

function shortView({ kind, name, state, since, by, reason }: PauseRecord) {
  return { kind, name, state, since: isoTime(since), by, reason }
}
