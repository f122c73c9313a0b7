import { z } from 'zod'
import { labelsSchema } from './label-schema.ts'
import { policySchema } from './policy-schema.ts'
import { addressRange, bodyBytes, MAX_BODY_BYTES, MIB, seconds } from './quantity-schema.ts'
import { settingsSchema } from './settings-schema.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const ON = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_:/-]+)*$/
/** How long a sender may be kept waiting for a program. */
const MAX_ANSWER_SECONDS = 300

export const nameSchema = z
  .string()
  .regex(NAME, 'must be 1 to 64 letters, digits, `-` or `_`, the first a letter or digit')

/** A plugin named and given options. */
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

/** More programs than anybody means to run for one event. */
const MAX_RUNS = 100

export const runsSchema = z.union([nameSchema, z.array(nameSchema).min(1).max(MAX_RUNS)])

export const onSchema = z
  .string()
  .regex(ON, 'must be a source, or a source and a type: `github.push`')

export const ruleSchema = z.strictObject({
  name: z.string().min(1).max(100).optional(),
  on: onSchema,
  when: z
    .union([
      z.string().min(1),
      z.custom<(event: never) => unknown>((value) => typeof value === 'function'),
    ])
    .optional(),
  run: runsSchema,
  answer: z
    .union(
      [
        z.literal(['accepted', 'stream']),
        z.strictObject({ wait: z.number().min(1).max(MAX_ANSWER_SECONDS) }),
      ],
      { error: "must be 'accepted', 'stream' or { wait: seconds from 1 to 300 }" },
    )
    .optional(),
})

export const mappingSchema = z.record(
  nameSchema,
  z.record(z.string(), z.union([runsSchema, z.record(z.string(), runsSchema)])),
)

/** Options that every source has. */
export const sourceAccessSchema = z.strictObject({
  allow: z
    .array(addressRange)
    .min(1)
    .optional()
    .describe('Addresses or CIDR ranges that may deliver. Default: all.'),
  maxBodyBytes: bodyBytes
    .optional()
    .describe('Largest body. Default: the `limits.maxBodyBytes` of the config.'),
  rateLimit: z
    .strictObject({
      perSecond: z
        .number()
        .positive()
        .max(1_000_000)
        .describe('Deliveries per second from all senders together.'),
      burst: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('How many may come at once. Default: `perSecond`.'),
    })
    .optional(),
})

/** Options that every program has. */
export const programSettingsSchema = z.strictObject({
  params: z
    .array(
      z.union([
        z.string().min(1),
        z.strictObject({ name: z.string().min(1), default: z.string() }),
      ]),
    )
    .max(256)
    .default([]),
  allowLeadingDash: z
    .boolean()
    .default(false)
    .describe('Let a value that starts with `-` through to the arguments.'),
  timeoutSeconds: seconds.default(600).describe('Time limit of one attempt.'),
  outputLimitBytes: z
    .int()
    .min(1024)
    .max(MAX_BODY_BYTES)
    .default(MIB)
    .describe('Output kept of one attempt: its first half and its last.'),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(100).default(3).describe('Runs in all, the first included.'),
      backoffSeconds: seconds
        .default(5)
        .describe('Upper bound of the wait before the second attempt; doubles each time.'),
      maxBackoffSeconds: seconds.default(600).describe('Upper bound of any wait.'),
      exitCodes: z
        .array(z.int().min(1).max(255))
        .nullable()
        .default(null)
        .describe('Exit codes that are tried again. Default: all but 0.'),
    })
    .prefault({}),
  policy: policySchema.prefault({}),
  runsOn: labelsSchema.describe(
    'Only nodes that have all these labels run it. Default: every node.',
  ),
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
  plugins: z.array(z.string().min(1)).default([]),
  include: z.array(z.string().min(1)).optional(),
  ...settingsSchema.shape,
})

export type UseForm = z.output<typeof useSchema>
export type RuleForm = z.output<typeof ruleSchema>
export type MappingForm = z.output<typeof mappingSchema>
export type ProgramSettingsForm = z.output<typeof programSettingsSchema>
export type SourceAccessForm = z.output<typeof sourceAccessSchema>
