import type { ClaimedProgram } from '../../../core/index.ts'
import { laneLevels, taskLevels } from './candidates.ts'
import type { HandlerContext } from './context.ts'
import type { Handlers } from './messages.ts'
import { openSlots, type Slots } from './slots.ts'

const FIRST_DUE = `
  SELECT min(due_at) AS at FROM tasks
  WHERE state = 'waiting' AND policy_key IS NULL AND program = ? AND priority = ?`
const FIRST_LANES = `
  SELECT ready_at, policy_key FROM lanes WHERE program = ? AND priority = ?
  ORDER BY ready_at, head_id LIMIT ?`
const FIRST_LEASE_OVER = `
  SELECT min(lease_until) AS at FROM tasks WHERE state = 'running' AND program = ?`

/** When to claim next, where nothing is told before. */
export function createNextDueHandler(context: HandlerContext): Handlers<'nextDueAt'> {
  const { database, limits } = context
  const firstLeaseOver = database.prepare(FIRST_LEASE_OVER)

  return {
    nextDueAt([programs, now]) {
      limits.follow(programs, now)
      const times = programs.flatMap((program) => {
        const slots = openSlots(database, program, limits)
        const leaseOver = firstLeaseOver.get(program.name)?.['at']
        return [
          ...(typeof leaseOver === 'number' ? [leaseOver] : []),
          ...taskTimes(context, program, slots),
          ...laneTimes(context, program, slots),
        ]
      })
      return times.length === 0 ? null : Math.min(...times)
    },
  }
}

function taskTimes(
  { database, limits }: HandlerContext,
  { name }: ClaimedProgram,
  slots: Slots,
): readonly number[] {
  if (slots.isFull(null)) return []
  const firstDue = database.prepare(FIRST_DUE)
  return [...taskLevels(database, name)].flatMap((level) => {
    const at = firstDue.get(name, level)?.['at']
    return typeof at === 'number' ? [Math.max(at, limits.readyAt(name, null))] : []
  })
}

function laneTimes(
  { database }: HandlerContext,
  { name }: ClaimedProgram,
  slots: Slots,
): readonly number[] {
  const firstLanes = database.prepare(FIRST_LANES)
  return [...laneLevels(database, name)].flatMap((level) => {
    const rows = firstLanes.all(name, level, slots.fullKeys + 1)
    const free = rows.find((row) => !slots.isFull(row['policy_key'] as string))
    return free === undefined ? [] : [free['ready_at'] as number]
  })
}
