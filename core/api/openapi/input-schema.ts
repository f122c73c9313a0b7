import { z } from 'zod'
import { time } from './operation.ts'

/** What a run of a task gets. */
export const inputSchema = z
  .strictObject({
    task: z.string(),
    program: z.string(),
    executor: z.string().nullable().describe('Null: the config has no such program any more.'),
    command: z
      .array(z.string())
      .nullable()
      .describe('The command that the arguments follow, or what is called; null: not known.'),
    arguments: z.array(
      z.strictObject({
        param: z.string(),
        value: z.string().nullable().describe('At most 10,000 characters.'),
        hidden: z.boolean().describe('It comes from the payload, which a viewer does not see.'),
        error: z
          .strictObject({ code: z.string(), message: z.string() })
          .nullable()
          .describe('Why a run fails before it starts.'),
      }),
    ),
    variables: z.array(z.string()).describe('Names of the environment variables.'),
    environment: z
      .record(z.string(), z.string())
      .describe(
        'The variables whose values come from the event, as far as the caller may see them.',
      ),
    leftOut: z
      .array(z.strictObject({ variable: z.string(), why: z.string() }))
      .describe('Variables that no environment could hold.'),
    event: z.strictObject({
      id: z.string(),
      source: z.string(),
      type: z.string(),
      senderId: z.string().nullable(),
      receivedAt: time,
      facts: z.record(z.string(), z.unknown()),
    }),
  })
  .meta({ id: 'TaskInput' })
