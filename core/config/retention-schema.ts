import { z } from 'zod'
import { MAX_SECONDS } from './quantity-schema.ts'

const MAX_DAYS = 36_500

const days = z.number().positive().max(MAX_DAYS).nullable()
const count = z.int().min(1).max(1_000_000_000).nullable()

/** What is deleted when. */
export const retentionSchema = z
  .strictObject({
    deliveries: z
      .strictObject({
        days: days
          .default(90)
          .describe(
            'Deliveries older than this are deleted with their tasks, once none of these waits or runs; null: never.',
          ),
        count: count
          .default(null)
          .describe(
            'How many are kept at most, the newest; refused ones apart. Default: no limit.',
          ),
      })
      .prefault({}),
    tasks: z
      .strictObject({
        days: days
          .default(null)
          .describe('Tasks that ended before this are deleted. Default: with their delivery.'),
        count: count
          .default(null)
          .describe('How many settled ones are kept at most. Default: no limit.'),
      })
      .prefault({}),
    logs: z
      .strictObject({
        days: days
          .default(30)
          .describe('The output of tasks that ended before this is deleted; null: with the task.'),
      })
      .prefault({}),
    everySeconds: z
      .number()
      .min(1)
      .max(MAX_SECONDS)
      .default(3600)
      .describe('Time between two looks for what may go, on each node that works.'),
  })
  .prefault({})
