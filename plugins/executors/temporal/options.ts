import { secret, templateText, z } from '../../../core/sdk/executor.ts'

const pem = (what: string) => z.string().min(1).describe(`${what}, as PEM.`)

/** The options of a `temporal` program. */
export const options = z.object({
  address: z
    .string()
    .regex(
      /^(\[[\da-fA-F:]+\]|[^\s:/@]+)(:\d{1,5})?$/,
      'must be `host` or `host:port`, without a scheme',
    )
    .describe('The frontend of Temporal: `temporal.example.com:7233`. Default port: 7233.'),
  namespace: z.string().min(1).max(255).default('default').describe('The namespace.'),
  workflow: templateText().describe(
    'The type of the workflow, as its workers have it, a template: `deploy`.',
  ),
  taskQueue: templateText().describe('The task queue of the workers, a template.'),
  args: z
    .array(z.json())
    .optional()
    .describe(
      'The arguments of the workflow. Each text in them is a template, and `{ cel: … }` an expression for any value. ' +
        'Default: one, a [CloudEvent](https://cloudevents.io) whose `data` is the payload.',
    ),
  workflowIdPrefix: z
    .string()
    .max(200)
    .default('')
    .describe('What the id of the workflow begins with, before the id of the task: `hookline-`.'),
  apiKey: secret()
    .optional()
    .describe('An API key, of Temporal Cloud for example. Turns `tls` on.'),
  tls: z
    .union([
      z.boolean(),
      z.strictObject({
        ca: pem('The certificate authority of the server').optional(),
        cert: pem('The certificate of this client').optional(),
        key: secret().optional().describe('Its key, as PEM.'),
        serverName: z
          .string()
          .min(1)
          .optional()
          .describe('The name in the certificate of the server.'),
      }),
    ])
    .optional()
    .describe(
      'Whether the connection is encrypted, or with which certificates. Default: with `apiKey`.',
    ),
  terminateAfterSeconds: z
    .number()
    .min(0)
    .max(50)
    .default(10)
    .describe('A workflow that has not ended so long after its cancellation is terminated.'),
  pollSeconds: z
    .number()
    .min(1)
    .max(3600)
    .default(5)
    .describe('How often Temporal is asked about a workflow: one request for each.'),
  confirmSeconds: z
    .number()
    .positive()
    .max(3600)
    .default(30)
    .describe('How long the connection and the confirmation of Temporal may take, together.'),
})

/** Options of a `temporal` program as its schema gives them. */
export type TemporalOptions = z.output<typeof options>
