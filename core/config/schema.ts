import { z } from 'zod'
import { isAddressRange } from '../kit/address-ranges.ts'
import { policySchema } from './policy-schema.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const ON = /^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_:/-]+)*$/
const MIB = 1024 * 1024

/** Largest body that any setting allows: all of it is held in memory. */
const MAX_BODY_BYTES = 1024 * MIB
/** How long a sender may be kept waiting for a program. */
const MAX_ANSWER_SECONDS = 300
const MAX_SECONDS = 7 * 24 * 3600

export const nameSchema = z
  .string()
  .regex(NAME, 'must be 1 to 64 letters, digits, `-` or `_`, the first a letter or digit')

const seconds = z.number().positive().max(MAX_SECONDS)
const bodyBytes = z.int().min(1).max(MAX_BODY_BYTES)

/** An address or a CIDR range, IPv4 or IPv6. */
export const addressRangeSchema = z
  .string()
  .refine(isAddressRange, 'must be an IP address or a CIDR range such as 10.0.0.0/8')

/** A plugin named and given options. */
export const useSchema = z.strictObject({
  use: z.string().min(1),
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

export const runsSchema = z.union([nameSchema, z.array(nameSchema).min(1)])

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
    .array(addressRangeSchema)
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
})

/** Settings of the node. */
export const settingsSchema = z.strictObject({
  host: z.string().min(1).default('0.0.0.0').describe('Address to listen on.'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(12_345)
    .describe('Port to listen on; 0 takes a free one.'),
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional()
    .describe(
      'Scheme and host under which senders reach this service. Default: `http://localhost:{port}`.',
    ),
  trustedProxies: z
    .array(addressRangeSchema)
    .default([])
    .describe('Proxies and tunnels whose forwarding headers are believed.'),
  limits: z
    .strictObject({
      maxBodyBytes: bodyBytes.default(25 * MIB).describe('Largest body of a delivery.'),
      requestSeconds: seconds.default(30).describe('Time in which a whole request must have come.'),
      maxConcurrentRequests: z
        .int()
        .min(1)
        .max(100_000)
        .default(1000)
        .describe('Deliveries under way at once; more are answered 503.'),
    })
    .prefault({}),
  node: z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe('Name of this node. Default: host name and process id.'),
      concurrency: z
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .describe('Tasks run at once. Default: 4 for each processor.'),
      leaseSeconds: z
        .number()
        .min(1)
        .max(3600)
        .default(30)
        .describe('How long a claim holds without being renewed.'),
      stopSeconds: z
        .number()
        .min(0)
        .max(MAX_SECONDS)
        .default(30)
        .describe('How long a stop waits for running programs.'),
    })
    .prefault({}),
  dataDir: z
    .string()
    .min(1)
    .default('./data')
    .describe('Folder of the store, of made secrets and of the admin token.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('From which level on lines are logged.'),
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
export type SettingsForm = z.output<typeof settingsSchema>
export type ProgramSettingsForm = z.output<typeof programSettingsSchema>
export type SourceAccessForm = z.output<typeof sourceAccessSchema>
