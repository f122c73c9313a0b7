import { z } from 'zod'
import { oidcSchema } from './oidc.ts'

const MAX_SESSION_HOURS = 30 * 24

/** Access to the admin API. */
export const accessSchema = z
  .strictObject({
    public: z
      .boolean()
      .default(false)
      .describe(
        'Accept admin requests that arrive through a tunnel or proxy, or at the host of `publicUrl`.',
      ),
    maxFailures: z
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe(
        'Wrong tokens per minute from one address before it is answered with 429. From all addresses together: ten times as many.',
      ),
    sessionHours: z
      .number()
      .min(0.01)
      .max(MAX_SESSION_HOURS)
      .default(12)
      .describe('How long a browser session lasts.'),
    oidc: oidcSchema,
  })
  .prefault({})
