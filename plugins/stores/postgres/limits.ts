import type { ClaimedProgram } from '../../../core/index.ts'
import type { Row, Session } from './database.ts'

const SURVEY = `
  SELECT asked.name, false AS is_overdue, m.program IS NOT NULL AS is_limited, m.concurrency, m.rate_count, m.rate_ms, EXISTS (
    SELECT FROM lanes l WHERE l.program = asked.name AND l.ready_at <= $2
  ) AS has_lanes
  FROM unnest($1::text[]) AS asked (name) LEFT JOIN limits m ON m.program = asked.name
  UNION ALL
  SELECT DISTINCT program, true, false, NULL::integer, NULL::integer, NULL::bigint, lane IS NOT NULL
  FROM tasks WHERE state = 'running' AND lease_until <= $2`
const KEEP = `
  INSERT INTO limits (program, concurrency, rate_count, rate_ms) VALUES ($1, $2, $3, $4)
  ON CONFLICT (program) DO UPDATE SET concurrency = excluded.concurrency, rate_count = excluded.rate_count,
    rate_ms = excluded.rate_ms`
const FORGET = 'DELETE FROM limits WHERE program = $1'
const FORGET_STARTS = 'DELETE FROM starts WHERE program = $1'
const UNDO_DELAYS =
  'UPDATE lanes SET ready_at = head_due_at WHERE program = $1 AND ready_at > head_due_at'
const STARTS_AHEAD = 'UPDATE starts SET at = $2 WHERE program = $1 AND at > $2 RETURNING 1'
const DROP_OLD_STARTS = 'DELETE FROM starts WHERE program = $1 AND at <= $2'

/** What a claim must know before it takes any lock. */
export interface Survey {
  /** Programs whose locks the claim needs. */
  readonly toLock: readonly string[]
  /** By program: the limits that the store knows, where it knows any. */
  readonly limits: ReadonlyMap<string, Row>
  /** Whether a lease ran out, of any program. */
  readonly hasOverdue: boolean
}

/** Programs with limits, with keys that may start, or with keys and lost leases need their lock; others do without. */
export async function survey(
  session: Session,
  programs: readonly ClaimedProgram[],
  now: number,
): Promise<Survey> {
  const rows = await session.run(SURVEY, [programs.map(({ name }) => name), now])
  const limits = new Map<string, Row>()
  const toLock = new Set(programs.filter(isLimited).map(({ name }) => name))
  for (const row of rows) {
    const name = row['name'] as string
    if (row['is_limited'] === true) limits.set(name, row)
    if (row['is_limited'] === true || row['has_lanes'] === true) toLock.add(name)
  }
  return { toLock: [...toLock], limits, hasOverdue: rows.some((row) => row['is_overdue'] === true) }
}

export function isLimited({ concurrency, rateLimit }: ClaimedProgram): boolean {
  return concurrency !== null || rateLimit !== null
}

/** Ms in which the rate's starts are counted. */
export function windowMs({ rateLimit }: ClaimedProgram): number {
  return rateLimit === null ? 0 : Math.ceil(rateLimit.perSeconds * 1000)
}

/**
 * Takes the limits that a claim names, under the locks of their programs. What a changed rate, or a clock since set
 * back, had put off is looked at again.
 */
export async function followLimits(
  session: Session,
  programs: readonly ClaimedProgram[],
  { limits, now }: Pick<Survey, 'limits'> & { readonly now: number },
): Promise<void> {
  for (const program of programs) {
    const known = limits.get(program.name)
    if (isLimited(program) || known !== undefined) await follow(session, program, { known, now })
  }
}

async function follow(
  session: Session,
  program: ClaimedProgram,
  { known, now }: { readonly known: Row | undefined; readonly now: number },
): Promise<void> {
  const { name, concurrency, rateLimit } = program
  const rate = rateLimit === null ? [null, null] : [rateLimit.count, windowMs(program)]
  const [rateCount, rateMs] = rate
  const isSameRate =
    (known?.['rate_count'] ?? null) === rateCount && (known?.['rate_ms'] ?? null) === rateMs
  if (!isSameRate || (known?.['concurrency'] ?? null) !== concurrency) {
    if (isLimited(program)) await session.run(KEEP, [name, concurrency, rateCount, rateMs])
    else await session.run(FORGET, [name])
  }
  if (!isSameRate) {
    if (rateLimit === null) await session.run(FORGET_STARTS, [name])
    await session.run(UNDO_DELAYS, [name])
  }
  if (rateLimit === null) return
  await session.run(DROP_OLD_STARTS, [name, now - windowMs(program)])
  // Started before the clock was set back: else nothing starts until it is as late again.
  const ahead = await session.run(STARTS_AHEAD, [name, now])
  if (ahead.length > 0) await session.run(UNDO_DELAYS, [name])
}
