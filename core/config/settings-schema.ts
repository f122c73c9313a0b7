import { z } from 'zod'
import { accessSchema } from './access-schema.ts'
import { labelsSchema, nodeNameSchema } from './label-schema.ts'
import { managedSchema } from './managed-schema.ts'
import { metricsSchema } from './metrics-schema.ts'
import { addressRange, bodyBytes, MAX_SECONDS, MIB, seconds } from './quantity-schema.ts'
import { retentionSchema } from './retention-schema.ts'
import { encryptPayloadsSchema, redactSchema } from './secrecy-schema.ts'
import { tracingSchema } from './tracing-schema.ts'

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
    .array(addressRange)
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
      name: nodeNameSchema
        .optional()
        .describe(
          'Name of this node, unlike that of any other. Default: host name and process id.',
        ),
      labels: labelsSchema.describe('What programs may ask for by `runsOn`.'),
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
  admin: accessSchema,
  managed: managedSchema,
  metrics: metricsSchema,
  retention: retentionSchema,
  tracing: tracingSchema,
  encryptPayloads: encryptPayloadsSchema,
  redact: redactSchema,
})

export type SettingsForm = z.output<typeof settingsSchema>
