import {
  type BreakerState,
  type BreakerUse,
  breakerStep,
  type CountedEnd,
} from '../../../../core/sdk/store.ts'
import type { Batch, WriteCall } from '../batch/writes.ts'
import { putPause, readPause, removePause } from './kept-pauses.ts'

const READ = `
  SELECT asked.program, coalesce(b.dead, 0) AS dead, p.* FROM unnest($1::text[]) AS asked (program)
  LEFT JOIN breakers b ON b.program = asked.program
  LEFT JOIN pauses p ON p.kind = 'program' AND p.name = asked.program`
const COUNT = `
  INSERT INTO breakers (program, dead) VALUES ($1, $2)
  ON CONFLICT (program) DO UPDATE SET dead = excluded.dead`
const FORGET = 'DELETE FROM breakers WHERE program = $1'

/**
 * The programs whose locks a call needs so that their breaker counts exactly. A success needs none: whether it comes
 * before or after a failure that ends at the same time, nobody can tell.
 */
export function countedProgram(call: WriteCall): readonly string[] {
  const use = call.kind === 'settle' ? call.settlement.breaker : undefined
  if (call.kind !== 'settle' || use === undefined) return []
  return use.isProbe || call.settlement.state === 'dead' ? [use.program] : []
}

/** The breakers that the calls of a batch count for. */
export class Breakers {
  readonly #batch: Batch
  readonly #before: ReadonlyMap<string, BreakerState>
  readonly #states: Map<string, BreakerState>

  private constructor(batch: Batch, before: ReadonlyMap<string, BreakerState>) {
    this.#batch = batch
    this.#before = before
    this.#states = new Map(before)
  }

  static async read(batch: Batch, calls: readonly WriteCall[]): Promise<Breakers> {
    const programs = new Set(
      calls.flatMap((call) =>
        call.kind === 'settle' && call.settlement.breaker ? [call.settlement.breaker.program] : [],
      ),
    )
    // In one order for all transactions, so that two do not wait in a circle.
    const names = [...programs].sort()
    const rows = names.length === 0 ? [] : await batch.transaction.run(READ, [names])
    const states = rows.map((row): [string, BreakerState] => {
      const pause = row['kind'] === null ? null : readPause(row)
      return [row['program'] as string, { dead: row['dead'] as number, pause }]
    })
    return new Breakers(batch, new Map(states))
  }

  /** Counts the end of an attempt. Returns whether the breaker opens or closes. */
  count(end: CountedEnd, use: BreakerUse): boolean {
    const before = this.#states.get(use.program)
    if (before === undefined) return false
    const { next, isTurned } = breakerStep(before, end, { use, now: this.#batch.now })
    this.#states.set(use.program, next)
    return isTurned
  }

  async save(): Promise<void> {
    const { transaction, changes } = this.#batch
    for (const [program, { dead, pause }] of this.#states) {
      const before = this.#before.get(program)
      if (dead !== before?.dead) {
        if (dead === 0) await transaction.run(FORGET, [program])
        else await transaction.run(COUNT, [program, dead])
      }
      if (pause === before?.pause) continue
      if (pause === null) await removePause(transaction, { kind: 'program', name: program })
      else await putPause(transaction, pause)
      changes.push({ kind: 'pause' }, { kind: 'work' })
    }
  }
}
