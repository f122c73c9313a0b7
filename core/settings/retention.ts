import { z } from 'zod'
import { MAX_SECONDS } from './quantities.ts'

const MAX_DAYS = 36_500

const days = z.number().positive().max(MAX_DAYS).nullable()
const count = z.int().min(1).max(1_000_000_000).nullable()

/** When stored data is deleted. */
export const retentionSchema = z
  .strictObject({
    deliveries: z
      .strictObject({
        days: days
          .default(90)
          .describe(
            'Age at which deliveries are deleted with their tasks, unless one of these is waiting or running; null: never.',
          ),
        count: count
          .default(null)
          .describe(
            'Maximum number of deliveries to keep, not counting refused ones. Default: no limit.',
          ),
      })
      .prefault({}),
    tasks: z
      .strictObject({
        days: days
          .default(null)
          .describe(
            'Days after its end at which a task is deleted. Default: when its delivery is deleted.',
          ),
        count: count
          .default(null)
          .describe('Maximum number of ended tasks to keep. Default: no limit.'),
      })
      .prefault({}),
    logs: z
      .strictObject({
        days: days
          .default(30)
          .describe(
            'Days after the end of a task at which its output is deleted; null: when the task is deleted.',
          ),
      })
      .prefault({}),
    everySeconds: z
      .number()
      .min(1)
      .max(MAX_SECONDS)
      .default(3600)
      .describe('How often each worker node deletes what has expired.'),
  })
  .prefault({})
