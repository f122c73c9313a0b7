import { secret, templateText, z } from '../../../core/sdk/executor.ts'

const THREE_DAYS = 259_200
const MIN_KEEP_SECONDS = 3600

/** How long a job that has ended is kept. As BullMQ has it, but always an age. */
function kept(what: string) {
  return z
    .strictObject({ age: z.int().min(MIN_KEEP_SECONDS) })
    .default({ age: THREE_DAYS })
    .describe(
      `How long BullMQ keeps a job that ${what}, in seconds, at least an hour. Longer than all nodes may be down: a job ` +
        'that is gone before its end was seen is run again.',
    )
}

/** The options of a `bullmq` program. */
export const options = z.object({
  connection: secret().describe(
    'The Redis of the queue: `rediss://user:password@host:6379/0`, percent-encoded; `redis://…` without TLS.',
  ),
  queue: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^:]+$/, 'must have no `:`')
    .describe('The name of the queue.'),
  prefix: z
    .string()
    .min(1)
    .max(255)
    .default('bull')
    .describe('What the keys of the queue begin with, as the workers have it.'),
  jobName: templateText()
    .default('{event.source}.{event.type}')
    .describe('The name of the job, a template.'),
  data: z
    .json()
    .optional()
    .describe(
      'The data of the job. Each text in it is a template, and `{ cel: … }` an expression for any value. Default: a ' +
        '[CloudEvent](https://cloudevents.io) whose `data` is the payload.',
    ),
  delaySeconds: z
    .number()
    .positive()
    .optional()
    .describe('Workers leave the job alone for so long. It counts against `timeoutSeconds`.'),
  priority: z
    .int()
    .min(1)
    .max(2_097_151)
    .optional()
    .describe('1 is the first to be run. Jobs without a priority come before all others.'),
  lifo: z.boolean().default(false).describe('Whether the job goes to the front of the queue.'),
  removeOnComplete: kept('was completed'),
  removeOnFail: kept('has failed'),
  confirmSeconds: z
    .number()
    .positive()
    .max(3600)
    .default(30)
    .describe('How long the connection and the confirmation of Redis may take, together.'),
})

/** Options of a `bullmq` program as its schema gives them. */
export type BullmqOptions = z.output<typeof options>
