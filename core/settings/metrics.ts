import { z } from 'zod'

/** Metrics for Prometheus. */
export const metricsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Collect metrics and serve them at `/metrics`.'),
    public: z
      .boolean()
      .default(false)
      .describe('Serve metrics without a token. They hold names and numbers, but no payloads.'),
  })
  .prefault({})
