import { messageOptions, secret, secrets, templateText, z } from '../../../core/sdk/executor.ts'

/** The options of a `nats` program. */
export const options = z.object({
  url: secrets().describe(
    'The server, or several of one cluster: `tls://user:password@host:4222`, `tls://token@host`; `nats://…` where the ' +
      'server decides about TLS. Credentials of the first one count for all.',
  ),
  credentials: secret()
    .optional()
    .describe('The content of a `.creds` file, instead of a user in `url`.'),
  subject: templateText().describe(
    'The subject, a template: `hooks.{event.source}.{event.type}`. A stream must take it.',
  ),
  stream: z
    .string()
    .min(1)
    .optional()
    .describe('The stream that must take it. Default: any that does.'),
  ...messageOptions('binary'),
})

/** Options of a `nats` program as its schema gives them. */
export type NatsOptions = z.output<typeof options>
