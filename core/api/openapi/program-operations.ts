import { z } from 'zod'
import { runBody } from '../programs/run.ts'
import { origin } from './config-operations.ts'
import { type Operation, ok, operations } from './operation.ts'
import { pauseSchema } from './pause-operations.ts'

const labels = z.array(z.string())

const programSchema = z
  .strictObject({
    name: z.string(),
    executor: z.string().describe('Name of its plugin.'),
    summary: z.string().describe('What the plugin does.'),
    origin,
    rules: z.array(z.string()).describe('IDs of the rules that run it.'),
    params: z.array(
      z.strictObject({
        name: z.string(),
        default: z.string().nullable(),
        type: z.enum(['string', 'number', 'boolean']).nullable(),
        description: z.string().nullable(),
      }),
    ),
    schema: z.looseObject({}).describe('JSON Schema of the `params` of a run.'),
    timeoutSeconds: z.number(),
    retry: z.strictObject({
      attempts: z.int(),
      lostAttempts: z.int(),
      backoffSeconds: z.number(),
      maxBackoffSeconds: z.number(),
      exitCodes: z.array(z.int()).nullable(),
    }),
    policy: z.strictObject({
      key: z.string().nullable(),
      concurrency: z.int().nullable(),
      replaces: z.enum(['none', 'waiting', 'all']),
      debounceSeconds: z.number(),
      rateLimit: z.strictObject({ count: z.int(), perSeconds: z.number() }).nullable(),
      priority: z.int(),
    }),
    breaker: z
      .strictObject({ after: z.int(), probeSeconds: z.number() })
      .nullable()
      .describe('When its breaker pauses it, and how often one task is tried then. Null: never.'),
    expect: z
      .strictObject({ withinSeconds: z.number() })
      .nullable()
      .describe('For how long it may have no task. Null: nothing is expected of it.'),
    runsOn: labels,
    waitingFor: labels.nullable().describe('As of a task: null if a live node can run it.'),
    pause: pauseSchema.nullable().describe('Null if the program is not paused.'),
  })
  .meta({ id: 'Program' })

export const PROGRAM_OPERATIONS: readonly Operation[] = operations('Programs', {
  'GET /api/programs': {
    id: 'listPrograms',
    summary: 'Lists the programs in force.',
    role: 'viewer',
    answers: ok('All programs.', z.strictObject({ programs: z.array(programSchema) })),
  },
  'GET /api/programs/:name': {
    id: 'getProgram',
    summary: 'Shows a program in force.',
    role: 'viewer',
    problems: ['program_unknown'],
    answers: ok('The program.', programSchema),
  },
  'POST /api/programs/:name/run': {
    id: 'runProgram',
    summary: 'Runs a program at once, with an event that is given or stored.',
    role: 'operator',
    body: runBody.meta({ id: 'RunRequest' }),
    problems: ['program_unknown', 'delivery_unknown', 'event_unknown'],
    answers: {
      202: {
        description: 'The task is committed. Its rule is `@manual`.',
        schema: z.strictObject({ delivery: z.string(), event: z.string(), task: z.string() }),
      },
    },
  },
})
