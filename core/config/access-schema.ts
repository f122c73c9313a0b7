import { z } from 'zod'

const MAX_SESSION_HOURS = 30 * 24

/** How the admin API may be reached. */
export const accessSchema = z
  .strictObject({
    public: z
      .boolean()
      .default(false)
      .describe(
        'Also answer admin calls that come through a tunnel or a proxy, or to the host of `publicUrl`.',
      ),
    maxFailures: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe(
        'Wrong tokens of one address within a minute, then it is answered 429; ten times as many of all together.',
      ),
    sessionHours: z
      .number()
      .min(0.01)
      .max(MAX_SESSION_HOURS)
      .default(12)
      .describe('How long a session of a browser lasts.'),
  })
  .prefault({})
