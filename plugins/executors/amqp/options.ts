import { messageOptions, secret, templateText, z } from '../../../core/sdk/executor.ts'

/** The options of an `amqp` program. */
export const options = z.object({
  url: secret().describe(
    'The broker: `amqps://user:password@host:5671/vhost`, percent-encoded; `amqp://…` without TLS.',
  ),
  exchange: z
    .string()
    .max(127)
    .default('')
    .describe('An exchange that exists. Default: the default exchange, whose keys are queues.'),
  routingKey: templateText().describe(
    'The routing key, a template: `{event.source}.{event.type}`. For the default exchange, the queue.',
  ),
  persistent: z
    .boolean()
    .default(true)
    .describe('Whether the broker keeps the message over its restart, in a durable queue.'),
  ...messageOptions('binary'),
})
