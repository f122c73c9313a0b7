import {
  type ClaimedProgram,
  changeOfLimits,
  isLimited,
  type KeptLimits,
  type KeptPause,
  NO_LIMITS,
  readLimits,
  toKeptLimits,
} from '../../../../core/sdk/store.ts'
import type { Row, Session } from '../database/database.ts'
import { dueProbes } from '../pauses/claim-pauses.ts'
import { readPause } from '../pauses/kept-pauses.ts'

const SURVEY = `
  SELECT asked.name, false AS is_overdue, m.program IS NOT NULL AS is_limited, m.concurrency, m.rate_count, m.rate_ms, EXISTS (
    SELECT FROM lanes l WHERE l.program = asked.name AND l.ready_at <= $2
  ) AS has_lanes, (SELECT jsonb_agg(p) FROM pauses p) AS pauses
  FROM unnest($1::text[]) AS asked (name) LEFT JOIN limits m ON m.program = asked.name
  UNION ALL
  SELECT DISTINCT program, true, false, NULL::integer, NULL::integer, NULL::bigint, lane IS NOT NULL, NULL::jsonb
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
interface Survey {
  /** Programs whose locks the claim needs. */
  readonly toLock: readonly string[]
  /** By program, the limits that the store keeps. */
  readonly limits: ReadonlyMap<string, KeptLimits>
  /** Whether the lease of any task ran out, of any program. */
  readonly hasOverdue: boolean
  readonly pauses: readonly KeptPause[]
}

/** Programs need their lock if they have limits, keys that may start, keys and lost leases, or a breaker that may let a task through. Others do not. */
export async function survey(
  session: Session,
  programs: readonly ClaimedProgram[],
  now: number,
): Promise<Survey> {
  const rows = await session.run(SURVEY, [programs.map(({ name }) => name), now])
  const limits = new Map<string, KeptLimits>()
  const toLock = new Set(programs.filter(isLimited).map(({ name }) => name))
  for (const row of rows) {
    const name = row['name'] as string
    if (row['is_limited'] === true) limits.set(name, readLimits(row))
    if (row['is_limited'] === true || row['has_lanes'] === true) toLock.add(name)
  }
  const pauses = ((rows[0]?.['pauses'] ?? []) as readonly Row[]).map(readPause)
  for (const program of dueProbes(pauses, now)) toLock.add(program)
  const hasOverdue = rows.some((row) => row['is_overdue'] === true)
  return { toLock: [...toLock], limits, hasOverdue, pauses }
}

/**
 * Keeps the limits that a claim names, under the locks of their programs. What an older rate, or a clock that was set
 * back since, held up is looked at again.
 */
export async function followLimits(
  session: Session,
  programs: readonly ClaimedProgram[],
  { limits, now }: Pick<Survey, 'limits'> & { readonly now: number },
): Promise<void> {
  for (const program of programs) {
    const kept = limits.get(program.name)
    if (!isLimited(program) && kept === undefined) continue
    await change(session, program, kept ?? NO_LIMITS)
    const { rateMs } = toKeptLimits(program)
    if (rateMs === null) continue
    await session.run(DROP_OLD_STARTS, [program.name, now - rateMs])
    // These started before the clock was set back. Otherwise nothing would start until it is as late again.
    const ahead = await session.run(STARTS_AHEAD, [program.name, now])
    if (ahead.length > 0) await session.run(UNDO_DELAYS, [program.name])
  }
}

async function change(session: Session, program: ClaimedProgram, kept: KeptLimits): Promise<void> {
  const wanted = toKeptLimits(program)
  const changed = changeOfLimits(kept, wanted)
  if (changed === 'none') return
  const { concurrency, rateCount, rateMs } = wanted
  if (isLimited(program)) await session.run(KEEP, [program.name, concurrency, rateCount, rateMs])
  else await session.run(FORGET, [program.name])
  if (changed !== 'rate') return
  if (rateMs === null) await session.run(FORGET_STARTS, [program.name])
  await session.run(UNDO_DELAYS, [program.name])
}
