import { z } from 'zod'
import { duration } from './quantities.ts'

/** When providers are asked for deliveries that did not arrive. */
export const catchUpSchema = z
  .union([
    z.literal(false),
    z.strictObject({
      maxAge: duration
        .prefault('3d')
        .describe('Older deliveries are not asked for, however long the service was down.'),
      every: duration.prefault('5m').describe('How often each provider is asked.'),
    }),
  ])
  .prefault({})
  .describe(
    'Asks providers for deliveries that did not arrive: each `every` (`5m`), none older than `maxAge` (`3d`); false: only on request.',
  )
