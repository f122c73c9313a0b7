import type { ClaimedProgram } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { prepareClaimable } from '../pauses/claim-pauses.ts'
import { busyPrograms, laneLevels, taskLevels } from './candidates.ts'
import { openSlots, type Slots } from './slots.ts'

const FIRST_DUE = `
  SELECT min(due_at) AS at FROM tasks
  WHERE state = 'waiting' AND policy_key IS NULL AND program = ? AND priority = ?`
const FIRST_DUE_NOT_LOST = `${FIRST_DUE} AND lost_attempts = 0`
const FIRST_LANES = `
  SELECT ready_at, policy_key FROM lanes WHERE program = ? AND priority = ?
    AND (? = 0 OR (SELECT lost_attempts FROM tasks WHERE id = head_id) = 0)
  ORDER BY ready_at, head_id LIMIT ?`
const FIRST_LEASE_OVER = `
  SELECT min(lease_until) AS at FROM tasks WHERE state = 'running' AND program = ?`

/** When to claim next if no change is announced before. */
export function createNextDueHandler(context: HandlerContext): Handlers<'nextDueAt'> {
  const { database, limits, pauses } = context
  const firstLeaseOver = database.prepare(FIRST_LEASE_OVER)
  const claimable = prepareClaimable(context)

  return {
    nextDueAt([programs, skipsLost, now]) {
      limits.follow(programs, now)
      // What is to be released is due already.
      if (pauses.list().some(({ isResuming }) => isResuming)) return now
      const times = busyPrograms(database, programs).flatMap((program) => {
        const slots = openSlots(database, program, limits)
        const leaseOver = firstLeaseOver.get(program.name)?.['at']
        const dueAt = claimable(program.name, [
          ...taskTimes(context, program, { slots, skipsLost }),
          ...laneTimes(context, program, { slots, skipsLost }),
        ])
        return [leaseOver, dueAt].filter((at) => typeof at === 'number')
      })
      return times.length === 0 ? null : Math.min(...times)
    },
  }
}

/** Which tasks do not count. */
interface Passing {
  readonly slots: Slots
  readonly skipsLost: boolean
}

function taskTimes(
  { database, limits }: HandlerContext,
  { name }: ClaimedProgram,
  { slots, skipsLost }: Passing,
): readonly number[] {
  if (slots.isFull(null)) return []
  const firstDue = database.prepare(skipsLost ? FIRST_DUE_NOT_LOST : FIRST_DUE)
  return [...taskLevels(database, name)].flatMap((level) => {
    const at = firstDue.get(name, level)?.['at']
    return typeof at === 'number' ? [Math.max(at, limits.readyAt(name, null))] : []
  })
}

function laneTimes(
  { database }: HandlerContext,
  { name }: ClaimedProgram,
  { slots, skipsLost }: Passing,
): readonly number[] {
  const firstLanes = database.prepare(FIRST_LANES)
  return [...laneLevels(database, name)].flatMap((level) => {
    const rows = firstLanes.all(name, level, Number(skipsLost), slots.fullKeys + 1)
    const free = rows.find((row) => !slots.isFull(row['policy_key'] as string))
    return free === undefined ? [] : [free['ready_at'] as number]
  })
}
