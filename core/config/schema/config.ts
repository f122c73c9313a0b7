import { z } from 'zod'
import { MANUAL_RULE } from '../../matching/manual-rule.ts'
import { labelsSchema } from '../../settings/labels.ts'
import {
  addressRange,
  bodyBytes,
  duration,
  MAX_BODY_BYTES,
  MIB,
  seconds,
} from '../../settings/quantities.ts'
import { settingsSchema } from '../../settings/settings.ts'
import { sourcePathSchema } from '../../settings/webhook-path.ts'
import { ruleAnswerSchema, sourceAnswersSchema } from './answer.ts'
import { breakerSchema } from './breaker.ts'
import { nameSchema } from './name.ts'
import { policySchema } from './policy.ts'
import { reportSchema } from './report.ts'

const ON = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_:/-]+)*$/

/** A plugin and its options. */
export const useSchema = z.strictObject({
  use: z.string().min(1).max(200),
  options: z.record(z.string(), z.unknown()).default({}),
  definition: z
    .custom<object>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        'create' in value &&
        typeof value.create === 'function',
      'is only for code to set',
    )
    .optional(),
})

/** Maximum number of programs that one rule runs. */
const MAX_RUNS = 100

const runsSchema = z.union([nameSchema, z.array(nameSchema).min(1).max(MAX_RUNS)])

export const onSchema = z
  .string()
  .regex(ON, 'must be a source, or a source and a type: `github.push`')

const expectSchema = z
  .strictObject({
    within: duration.describe('How long it may be quiet: `26h`, `7d`.'),
  })
  .transform(({ within }) => ({ withinMs: within }))
  .nullable()
  .describe(
    'Raises `hookline.program.silent` when nothing has come for so long. Default: nothing is expected.',
  )

const whenSchema = z.union([
  z.string().min(1),
  z.custom<(event: never) => unknown>((value) => typeof value === 'function'),
])

const MAX_VALUES = 256

const valueSchema = z.union(
  [
    z.string().min(1),
    z.strictObject({
      name: z.string().min(1),
      default: z.string().optional(),
      base64: z.boolean().optional(),
      file: z.boolean().optional(),
    }),
    z.strictObject({ value: z.string() }),
  ],
  { error: 'must be a name, { name, default?, base64?, file? } or { value }' },
)

const approvalSchema = z
  .strictObject({
    by: z
      .array(z.string().min(1).max(100))
      .min(1)
      .max(50)
      .default(['operator'])
      .describe('Who may approve: names of tokens, and roles, of which a higher one may too.'),
    timeout: duration
      .prefault('1d')
      .describe('After this, a task that nobody has approved is cancelled. At most `7d`.'),
    link: z
      .boolean()
      .default(false)
      .describe('Whether whoever has the signed link of a task may approve it, too.'),
  })
  .transform(({ by, timeout, link }) => ({ by, timeoutMs: timeout, link }))
  .describe('A person has to let each task run. Default: nobody is asked.')

/** Maximum number of steps after the program of a rule. */
const MAX_STEPS = 10

const stepSchema = z.union(
  [
    nameSchema,
    z.strictObject({
      run: nameSchema,
      params: z.array(valueSchema).max(MAX_VALUES).optional(),
      when: whenSchema.optional(),
      approval: approvalSchema.optional(),
    }),
  ],
  { error: 'must be a program, or { run, params?, when?, approval? }' },
)

const thenSchema = z
  .array(stepSchema)
  .min(1)
  .max(MAX_STEPS)
  .describe('Programs that run after the one of `run` has succeeded, one after the other.')

export const ruleSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .refine((name) => name !== MANUAL_RULE, 'is reserved for programs that a person runs')
    .optional(),
  on: onSchema,
  when: whenSchema.optional(),
  run: runsSchema,
  // biome-ignore lint/suspicious/noThenProperty: a schema is no function, so nothing takes it for a promise
  then: thenSchema.optional(),
  approval: approvalSchema.optional(),
  answer: ruleAnswerSchema.optional(),
  expect: expectSchema.optional(),
  report: reportSchema.optional(),
})

export const mappingSchema = z.record(
  nameSchema,
  z.record(z.string(), z.union([runsSchema, z.record(z.string(), runsSchema)])),
)

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Options that every source has. */
export const sourceAccessSchema = z.strictObject({
  path: sourcePathSchema
    .optional()
    .describe(
      'Another path at which senders deliver, such as `/hooks/deploy`, beside `/api/webhooks/{name}`.',
    ),
  methods: z
    .union([z.literal('any'), z.array(z.enum(METHODS)).min(1)])
    .default(['POST'])
    .describe('Methods of requests that are deliveries. Default: POST.'),
  answers: sourceAnswersSchema
    .default({})
    .describe(
      'Answers instead of the usual ones, to `unmatched` deliveries and `refused` senders.',
    ),
  allow: z
    .array(addressRange)
    .min(1)
    .optional()
    .describe('Addresses or CIDR ranges from which deliveries are accepted. Default: all.'),
  maxBodyBytes: bodyBytes
    .optional()
    .describe('Maximum size of a body, in bytes. Default: `limits.maxBodyBytes` of the config.'),
  rateLimit: z
    .strictObject({
      perSecond: z
        .number()
        .positive()
        .max(1_000_000)
        .describe('Maximum number of deliveries per second, from all senders together.'),
      burst: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('Maximum number of deliveries at once. Default: `perSecond`.'),
    })
    .optional(),
})

/** Options that every tunnel has. */
export const tunnelCommonSchema = z.strictObject({
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe(
      'Port of the listener on 127.0.0.1 that only the tunnel uses. Default: any free one.',
    ),
  external: z
    .boolean()
    .default(false)
    .describe(
      'Another process runs the tunnel, so that Hookline only listens. Needs `port` and a tunnel with a fixed URL.',
    ),
})

const variableName = z
  .string()
  .regex(/^[^=\0]+$/, 'must be a name without `=`')
  .refine((name) => !name.startsWith('WEBHOOK_'), 'must not begin with `WEBHOOK_`')

/** Options that every program has. */
export const programSettingsSchema = z.strictObject({
  params: z
    .array(valueSchema)
    .max(MAX_VALUES)
    .default([])
    .describe(
      'Facts, parts of the request or payload paths whose values become arguments, in order.',
    ),
  variables: z
    .record(variableName, valueSchema)
    .refine((variables) => Object.keys(variables).length <= MAX_VALUES, 'must be 256 at most')
    .default({})
    .describe(
      'Environment variables whose values come from the event, named as in `params`. One without a value is not set.',
    ),
  allowLeadingDash: z
    .boolean()
    .default(false)
    .describe('Allow values that start with `-` as arguments.'),
  timeoutSeconds: seconds.default(600).describe('Time limit of one attempt.'),
  outputLimitBytes: z
    .int()
    .min(1024)
    .max(MAX_BODY_BYTES)
    .default(MIB)
    .describe('Maximum output kept per attempt, in bytes: half from the start, half from the end.'),
  retry: z
    .strictObject({
      attempts: z
        .int()
        .min(1)
        .max(100)
        .default(3)
        .describe('Maximum number of attempts, including the first.'),
      lostAttempts: z
        .int()
        .min(1)
        .max(1000)
        .default(10)
        .describe('Number of attempts lost with their node after which the task is dead.'),
      backoffSeconds: seconds
        .default(5)
        .describe('Maximum wait before the second attempt; doubles with each further attempt.'),
      maxBackoffSeconds: seconds.default(600).describe('Maximum wait before any attempt.'),
      exitCodes: z
        .array(z.int().min(1).max(255))
        .nullable()
        .default(null)
        .describe('Exit codes after which a task is retried. Default: all but 0.'),
    })
    .prefault({}),
  policy: policySchema.prefault({}),
  breaker: breakerSchema
    .nullable()
    .default(null)
    .describe('Pauses the program when its tasks die one after the other. Default: none.'),
  expect: expectSchema.default(null),
  runsOn: labelsSchema.describe('Labels that a node needs to run this program. Default: none.'),
})

const parts = {
  $schema: z.string().optional(),
  sources: z.record(nameSchema, useSchema).default({}),
  programs: z.record(nameSchema, useSchema).default({}),
  rules: z.array(ruleSchema).default([]),
  mapping: mappingSchema.default({}),
}

/** The file form of a drop-in. */
export const dropInSchema = z.strictObject(parts)

/** The file form of a config, before its references are replaced. */
export const configSchema = z.strictObject({
  ...parts,
  store: useSchema.optional(),
  tunnel: useSchema.optional(),
  plugins: z.array(z.string().min(1)).default([]),
  include: z.array(z.string().min(1)).optional(),
  ...settingsSchema.shape,
})

export type UseForm = z.output<typeof useSchema>
export type RuleForm = z.output<typeof ruleSchema>
export type StepForm = z.output<typeof stepSchema>
export type ProgramValueForm = z.output<typeof valueSchema>
export type ProgramSettingsForm = z.output<typeof programSettingsSchema>
