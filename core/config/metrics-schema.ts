import { z } from 'zod'

/** Figures for Prometheus. */
export const metricsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Measure, and give the figures at `/metrics`.'),
    public: z
      .boolean()
      .default(false)
      .describe('Give them to anyone, without a token: names and numbers, no payloads.'),
  })
  .prefault({})
