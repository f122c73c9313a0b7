import type { Schedule } from '../contracts/source.ts'

/** A time that is over by less is not late: a clock or a node may be a little behind. */
const GRACE_MS = 60_000
/** A schedule may name each second of the grace. */
const MAX_FRESH = 61
/** Schedules are exact to the second. */
const SECOND_MS = 1000

export interface DueTime {
  readonly at: Date
  readonly isLate: boolean
}

/** The times after `last` that have come, the oldest first. Of the late ones, the newest `catchUp`. */
export function dueTimes(schedule: Schedule, last: number, now: number): readonly DueTime[] {
  const next = schedule.next(new Date(last))
  if (next === null || next.getTime() > now) return []
  const times = schedule
    .latest(new Date(now + SECOND_MS), MAX_FRESH + schedule.catchUp)
    .filter((at) => at.getTime() > last && at.getTime() <= now)
    .map((at) => ({ at, isLate: now - at.getTime() > GRACE_MS }))
  const late = times.filter(({ isLate }) => isLate).slice(0, schedule.catchUp)
  return [...times.filter(({ isLate }) => !isLate), ...late].toReversed()
}
