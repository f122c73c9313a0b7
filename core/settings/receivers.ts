import { z } from 'zod'

const MAX_RECEIVERS = 64

/** How many processes receive deliveries. */
export const receiversSchema = z
  .int()
  .min(1)
  .max(MAX_RECEIVERS)
  .default(1)
  .refine((count) => count === 1 || process.platform !== 'win32', {
    error:
      'must be 1 on Windows: a process there cannot give its connections to others in this way',
  })
  .describe(
    'How many processes receive deliveries. 1: the process of the service itself. More: as many processes beside it, on the same port (Linux).',
  )
