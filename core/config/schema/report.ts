import { z } from 'zod'
import { nameSchema } from './name.ts'

const MAX_NAME = 100

/** Who is told of the tasks of a rule. */
export const reportSchema = z
  .union(
    [
      nameSchema,
      z.strictObject({
        to: nameSchema,
        name: z
          .string()
          .regex(/^[^\p{C}]+$/u, 'must be one line')
          .max(MAX_NAME)
          .optional(),
        output: z.boolean().optional(),
      }),
    ],
    { error: 'must be the name of a source, or { to, name?, output? }' },
  )
  .describe(
    'The source whose provider is told how the tasks go: a commit status, a check run or a message. Default: nobody is told.',
  )
