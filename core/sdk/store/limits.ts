import type { ClaimedProgram } from '../../contracts/policy.ts'
import type { StoreRow } from './rows.ts'

/** A program's limits as a store keeps them. */
export interface KeptLimits {
  readonly concurrency: number | null
  /** At most so many starts… */
  readonly rateCount: number | null
  /** …within any window of so many ms. */
  readonly rateMs: number | null
}

export const NO_LIMITS: KeptLimits = { concurrency: null, rateCount: null, rateMs: null }

/** The limits that a claim names. */
export function toKeptLimits({ concurrency, rateLimit }: ClaimedProgram): KeptLimits {
  if (rateLimit === null) return { concurrency, rateCount: null, rateMs: null }
  return {
    concurrency,
    rateCount: rateLimit.count,
    rateMs: Math.ceil(rateLimit.perSeconds * 1000),
  }
}

/** Reads a row of the limits. */
export function readLimits(row: StoreRow): KeptLimits {
  return {
    concurrency: row['concurrency'] as number | null,
    rateCount: row['rate_count'] as number | null,
    rateMs: row['rate_ms'] as number | null,
  }
}

export function isLimited({
  concurrency,
  rateLimit,
}: Pick<ClaimedProgram, 'concurrency' | 'rateLimit'>): boolean {
  return concurrency !== null || rateLimit !== null
}

/** What changed. After a change of `rate`, whatever the old rate held up must be looked at again. */
export function changeOfLimits(
  kept: KeptLimits,
  wanted: KeptLimits,
): 'none' | 'concurrency' | 'rate' {
  if (kept.rateCount !== wanted.rateCount || kept.rateMs !== wanted.rateMs) return 'rate'
  return kept.concurrency === wanted.concurrency ? 'none' : 'concurrency'
}
