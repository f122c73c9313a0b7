import { z } from 'zod'
import { duration } from '../../settings/quantities.ts'

const MAX_DEAD = 1000

/** Breaker of a program. The output has all defaults, and times in milliseconds. */
export const breakerSchema = z
  .strictObject({
    after: z
      .int()
      .min(1)
      .max(MAX_DEAD)
      .default(5)
      .describe('Number of tasks dead in a row after which the program is paused.'),
    probe: duration
      .prefault('1m')
      .describe('How often one task is tried while the program is paused: `30s`, `1m`, `2h`.'),
  })
  .transform(({ after, probe }) => ({ after, probeMs: probe }))
