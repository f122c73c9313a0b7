import { z } from 'zod'
import { faultSchema, time } from './operation.ts'

/** What the provider was told about a task. */
export const reportSchema = z
  .strictObject({
    to: z.string().describe('Source whose provider is told.'),
    name: z.string(),
    place: z
      .strictObject({ repository: z.string(), commit: z.string() })
      .nullable()
      .describe('Null: the report is about no commit.'),
    state: z
      .enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped'])
      .nullable()
      .describe('What was told, or tried, last.'),
    toldAt: time.nullable().describe('When the provider was last told something.'),
    fault: faultSchema.nullable().describe('Why the last try failed; null if it did not.'),
    nextTryAt: time.nullable().describe('Null: it is not tried again.'),
  })
  .meta({ id: 'TaskReport' })
  .nullable()
