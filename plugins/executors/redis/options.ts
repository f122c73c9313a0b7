import { messageOptions, secret, templateText, z } from '../../../core/sdk/executor.ts'

/** The options of a `redis` program. */
export const options = z.object({
  url: secret().describe(
    'The server: `rediss://user:password@host:6379/0`, percent-encoded; `redis://…` without TLS.',
  ),
  stream: templateText().describe('The key of the stream, a template: `hooks:{event.source}`.'),
  maxLength: z
    .int()
    .min(1)
    .optional()
    .describe(
      'About how many entries the stream keeps: older ones are removed. Default: all of them.',
    ),
  create: z
    .boolean()
    .default(true)
    .describe('Whether a stream that does not exist is created (Redis 6.2 for false).'),
  dedupSeconds: z
    .int()
    .min(1)
    .optional()
    .describe(
      'How long the server remembers the id of a message, so that a second attempt does not add it again. It keeps a key ' +
        '`hookline:{STREAM}:TASK` for each message that long. Default: it does not.',
    ),
  ...messageOptions('structured'),
})
