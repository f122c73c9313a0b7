import { breakerStep, type CountedEnd } from '../../../../core/sdk/store/breaker.ts'
import type { BreakerUse } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'

const DEAD = 'SELECT dead FROM breakers WHERE program = ?'
const COUNT = `
  INSERT INTO breakers (program, dead) VALUES (?, ?) ON CONFLICT (program) DO UPDATE SET dead = excluded.dead`
const FORGET = 'DELETE FROM breakers WHERE program = ?'

/** Counts the ends of attempts, and opens and closes breakers. Returns whether one did. */
export function prepareBreakers({ database, pauses, changes }: HandlerContext) {
  const readDead = database.prepare(DEAD)
  const count = database.prepare(COUNT)
  const forget = database.prepare(FORGET)

  return (end: CountedEnd, use: BreakerUse<unknown>, now: number): boolean => {
    const { program } = use
    const target = { kind: 'program', name: program } as const
    const before = {
      dead: Number(readDead.get(program)?.['dead'] ?? 0),
      pause: pauses.find(target),
    }
    const { next, isTurned } = breakerStep(before, end, { use, now })
    if (next.dead !== before.dead) {
      if (next.dead === 0) forget.run(program)
      else count.run(program, next.dead)
    }
    if (next.pause !== before.pause) {
      if (next.pause === null) pauses.remove(target)
      else pauses.put(next.pause)
      changes.push({ kind: 'pause' }, { kind: 'work' })
    }
    return isTurned
  }
}
