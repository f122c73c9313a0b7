import { type ClaimedProgram, toKeptLimits } from '../../../../core/sdk/store.ts'
import type { Session } from '../database/database.ts'
import type { LaneKey } from './lanes.ts'

const RUNNING = `
  SELECT program, coalesce(lane, '') AS lane, count(*) AS tasks FROM tasks
  WHERE state = 'running' AND program = ANY ($1::text[]) GROUP BY program, lane`
const STARTS = `
  SELECT program, lane, at FROM starts
  WHERE program = ANY ($1::text[]) AND lane = ANY ($2::text[]) ORDER BY program, lane, number`
const ADD_STARTS = `
  INSERT INTO starts (program, lane, number, at)
  SELECT r.program, r.lane, last.number + row_number() OVER (PARTITION BY r.program, r.lane), $3
  FROM unnest($1::text[], $2::text[]) AS r (program, lane)
  CROSS JOIN LATERAL (
    SELECT coalesce(max(number), 0) AS number FROM starts WHERE program = r.program AND lane = r.lane
  ) AS last`

/** The room that limits leave during one claim. The lane of tasks without a key is the empty text. */
export class ClaimSlots {
  readonly #programs: ReadonlyMap<string, ClaimedProgram>
  readonly #running = new Map<string, number>()
  readonly #starts = new Map<string, number[]>()
  readonly #taken: LaneKey[] = []

  constructor(programs: readonly ClaimedProgram[]) {
    this.#programs = new Map(programs.map((program) => [program.name, program]))
  }

  /** Reads how many tasks run, of programs that limit it. */
  async countRunning(session: Session): Promise<void> {
    const names = this.#namesWith(({ concurrency }) => concurrency !== null)
    if (names.length === 0) return
    for (const row of await session.run(RUNNING, [names])) {
      const key = keyOf(row['program'] as string, row['lane'] as string)
      this.#running.set(key, row['tasks'] as number)
    }
  }

  /** Reads the starts that rates count, of these lanes. */
  async readStarts(session: Session, lanes: readonly string[]): Promise<void> {
    const names = this.#namesWith(({ rateLimit }) => rateLimit !== null)
    if (names.length === 0 || lanes.length === 0) return
    for (const row of await session.run(STARTS, [names, [...new Set(lanes)]])) {
      this.#startsOf(row['program'] as string, row['lane'] as string).push(row['at'] as number)
    }
  }

  /** Lanes of the program whose concurrency is used up, tasks without a key among them. */
  fullLanes(name: string): readonly string[] {
    const prefix = keyOf(name, '')
    return [...this.#running.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
      .filter((lane) => this.room(name, lane) <= 0)
  }

  /** Number of tasks that the concurrency lets start. */
  room(name: string, lane: string): number {
    const concurrency = this.#programs.get(name)?.concurrency ?? null
    if (concurrency === null) return Number.MAX_SAFE_INTEGER
    return concurrency - (this.#running.get(keyOf(name, lane)) ?? 0)
  }

  /** When the rate lets the next task start; 0 if at once. */
  readyAt(name: string, lane: string): number {
    const program = this.#programs.get(name)
    if (!program?.rateLimit) return 0
    const at = this.#startsOf(name, lane).at(-program.rateLimit.count)
    return at === undefined ? 0 : at + (toKeptLimits(program).rateMs ?? 0)
  }

  /** Counts one more running task. False if the limits leave no room: then nothing is counted. */
  take(name: string, lane: string, now: number): boolean {
    if (this.room(name, lane) <= 0 || this.readyAt(name, lane) > now) return false
    const key = keyOf(name, lane)
    this.#running.set(key, (this.#running.get(key) ?? 0) + 1)
    if (this.#programs.get(name)?.rateLimit) {
      this.#startsOf(name, lane).push(now)
      this.#taken.push({ program: name, lane })
    }
    return true
  }

  /** Writes the starts that rates count. */
  async save(session: Session, now: number): Promise<void> {
    if (this.#taken.length === 0) return
    const programs = this.#taken.map(({ program }) => program)
    await session.run(ADD_STARTS, [programs, this.#taken.map(({ lane }) => lane), now])
  }

  #startsOf(name: string, lane: string): number[] {
    const key = keyOf(name, lane)
    const starts = this.#starts.get(key) ?? []
    this.#starts.set(key, starts)
    return starts
  }

  #namesWith(holds: (program: ClaimedProgram) => boolean): readonly string[] {
    return [...this.#programs.values()].filter(holds).map(({ name }) => name)
  }
}

function keyOf(program: string, lane: string): string {
  return `${program}\n${lane}`
}
