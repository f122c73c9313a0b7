import {
  holdingPause,
  type KeptPause,
  PARKED_PER_CLAIM,
  type ProgramGate,
  programGate,
  toPausable,
  withProbe,
} from '../../../../core/sdk/store.ts'
import { LaneSet } from '../claim/lanes.ts'
import type { Row, Session } from '../database/database.ts'
import { holdResuming, listPauses, putPause } from './kept-pauses.ts'
import { park } from './parking.ts'

const RUNNING = "SELECT id FROM tasks WHERE id = ANY ($1::text[]) AND state = 'running'"

/** Programs whose breaker is open, and of which a task may be let through now. A claim needs their locks. */
export function dueProbes(pauses: readonly KeptPause[], now: number): readonly string[] {
  return pauses.filter(({ probe }) => probe !== null && probe.at <= now).map(({ name }) => name)
}

/** The tasks that were let through as probes, and that still run. */
export async function runningProbes(
  session: Session,
  pauses: readonly KeptPause[],
): Promise<ReadonlySet<string>> {
  const ids = pauses.flatMap(({ probe }) => probe?.taskId ?? [])
  const rows = ids.length === 0 ? [] : await session.run(RUNNING, [ids])
  return new Set(rows.map(({ id }) => id as string))
}

/** What pauses mean to one claim. */
export class PausesOfClaim {
  /** Number of tasks that the claim has parked. */
  parked = 0
  /** Lanes of these tasks, which are to be refreshed. */
  readonly touched = new LaneSet()
  readonly #pauses: readonly KeptPause[]
  readonly #ofPrograms: ReadonlyMap<string, KeptPause>
  readonly #running: ReadonlySet<string>
  readonly #now: number

  private constructor(
    pauses: readonly KeptPause[],
    { running, now }: { readonly running: ReadonlySet<string>; readonly now: number },
  ) {
    this.#pauses = pauses
    this.#ofPrograms = new Map(
      pauses.filter(({ kind }) => kind === 'program').map((pause) => [pause.name, pause]),
    )
    this.#running = running
    this.#now = now
  }

  /**
   * @param seen all pauses. People change them only while no claim is in progress; others, only under locks.
   */
  static async open(
    session: Session,
    seen: readonly KeptPause[],
    now: number,
  ): Promise<PausesOfClaim> {
    const isStill = dueProbes(seen, now).length === 0
    let pauses = isStill ? seen : await listPauses(session)
    if (pauses.some(({ isResuming }) => isResuming)) {
      const others = pauses.filter(({ isResuming }) => !isResuming)
      pauses = [...others, ...(await holdResuming(session))]
    }
    return new PausesOfClaim(pauses, { running: await runningProbes(session, pauses), now })
  }

  get isResuming(): boolean {
    return this.#pauses.some(({ isResuming }) => isResuming)
  }

  /** Number of candidates of each of so many programs that may have to be parked. */
  surplus(programs: number): number {
    const holds = this.#pauses.length > this.#ofPrograms.size
    return holds ? Math.ceil(PARKED_PER_CLAIM / Math.max(programs, 1)) : 0
  }

  gate(program: string): ProgramGate {
    const pause = this.#ofPrograms.get(program) ?? null
    const isProbing = this.#running.has(pause?.probe?.taskId ?? '')
    return programGate(pause, { isProbing, now: this.#now })
  }

  /** Notes that a task was let through as a probe. */
  async probe(session: Session, program: string, taskId: string): Promise<void> {
    const pause = this.#ofPrograms.get(program)
    if (pause !== undefined) await putPause(session, withProbe(pause, taskId, this.#now))
  }

  /** Parks the candidates that pauses hold back, and returns the others. */
  async park(session: Session, candidates: readonly Row[]): Promise<readonly Row[]> {
    const held = candidates.flatMap((row) => {
      const pause = holdingPause(toPausable(row, 'due_at'), this.#pauses)
      return pause === null ? [] : [{ row, pause }]
    })
    if (held.length === 0) return candidates
    await park(
      session,
      held.map(({ row, pause }) => ({ id: row['id'] as string, pause })),
    )
    this.parked += held.length
    for (const { row } of held) {
      this.touched.add(row['program'] as string, (row['lane'] as string | undefined) ?? null)
    }
    const rows = new Set(held.map(({ row }) => row))
    return candidates.filter((row) => !rows.has(row))
  }
}
