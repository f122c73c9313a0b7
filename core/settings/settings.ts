import { z } from 'zod'
import { accessSchema } from './access.ts'
import { catchUpSchema } from './catch-up.ts'
import { labelsSchema, nodeNameSchema } from './labels.ts'
import { managedSchema } from './managed.ts'
import { metricsSchema } from './metrics.ts'
import { addressRange, bodyBytes, MAX_SECONDS, MIB, seconds } from './quantities.ts'
import { receiversSchema } from './receivers.ts'
import { retentionSchema } from './retention.ts'
import { encryptPayloadsSchema, redactSchema } from './secrecy.ts'
import { SERVICE_PLACE } from './service-place.ts'
import { tracingSchema } from './tracing.ts'

/** Settings of the node. */
export const settingsSchema = z.strictObject({
  host: z.string().min(1).default(SERVICE_PLACE.host).describe('Address to listen on.'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(SERVICE_PLACE.port)
    .describe('Port to listen on; 0 for any free port.'),
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional()
    .describe(
      'Base URL under which senders reach this service. Default: that of the tunnel, or `http://localhost:{port}`.',
    ),
  trustedProxies: z
    .array(addressRange)
    .default([])
    .describe('Addresses of proxies and tunnels whose forwarding headers are trusted.'),
  limits: z
    .strictObject({
      maxBodyBytes: bodyBytes
        .default(25 * MIB)
        .describe('Maximum size of the body of a delivery, in bytes.'),
      requestSeconds: seconds.default(30).describe('Time limit for receiving a whole request.'),
      maxConcurrentRequests: z
        .int()
        .min(1)
        .max(100_000)
        .default(1000)
        .describe('Maximum number of deliveries in progress at once; more are answered with 503.'),
    })
    .prefault({}),
  node: z
    .strictObject({
      name: nodeNameSchema
        .optional()
        .describe('Unique name of this node. Default: host name and process ID.'),
      labels: labelsSchema.describe(
        'Labels of this node, which programs can require with `runsOn`.',
      ),
      concurrency: z
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .describe('Maximum number of tasks that run at once. Default: 4 per processor.'),
      receivers: receiversSchema,
      leaseSeconds: z
        .number()
        .min(1)
        .max(3600)
        .default(30)
        .describe(
          'How long the lease of a task lasts unless it is renewed. A node that writes nothing for so long loses its jobs too, after five seconds at least.',
        ),
      stopSeconds: z
        .number()
        .min(0)
        .max(MAX_SECONDS)
        .default(30)
        .describe('How long to wait for running programs when the service stops.'),
    })
    .prefault({}),
  dataDir: z
    .string()
    .min(1)
    .default(SERVICE_PLACE.dataDir)
    .describe('Folder for the store, generated secrets and the admin token.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Lowest level that is logged.'),
  dashboard: z.boolean().default(true).describe('Serve the dashboard at `/`.'),
  admin: accessSchema,
  managed: managedSchema,
  metrics: metricsSchema,
  retention: retentionSchema,
  catchUp: catchUpSchema,
  tracing: tracingSchema,
  encryptPayloads: encryptPayloadsSchema,
  redact: redactSchema,
})

/** Settings as a config gives them, with their defaults. */
export type SettingsForm = z.output<typeof settingsSchema>

/** Settings in force: what depends on the machine and the command line is filled in. */
export type Settings = DeepReadonly<SettingsForm> & {
  /** Scheme and host under which senders reach this node, without a final slash. */
  readonly publicUrl: string
  /** The `publicUrl` that the config names; null if it names none. */
  readonly configPublicUrl: string | null
  /** The data folder that the config names. `dataDir` is another one if the command line or the environment names one. */
  readonly configDataDir: string
  readonly node: { readonly name: string; readonly concurrency: number }
}

type DeepReadonly<Value> = Value extends object
  ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
  : Value
