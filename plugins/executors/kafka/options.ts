import { messageOptions, secret, templateText, z } from '../../../core/sdk/executor.ts'

const broker = z
  .string()
  .regex(
    /^(?:[\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}$/,
    'must be a host and a port: `kafka-1.example.com:9092`',
  )

/** The options of a `kafka` program. */
export const options = z.object({
  brokers: z
    .array(broker)
    .min(1)
    .describe(
      'Some brokers of the cluster, by which the others are found: `kafka-1.example.com:9092`.',
    ),
  topic: templateText().describe('The topic, a template: `hooks.{event.source}`.'),
  key: templateText()
    .optional()
    .describe(
      'The key, a template: messages with the same key go to the same partition, in order. Default: none, so partitions take ' +
        'turns.',
    ),
  create: z
    .boolean()
    .default(false)
    .describe('Whether a topic that does not exist is created, if the brokers allow it.'),
  tls: z.boolean().default(false).describe('Whether the connection is encrypted.'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).describe('How it logs in.'),
      username: z.string().min(1).describe('User name.'),
      password: secret().describe('Password.'),
    })
    .optional()
    .describe('The login. Default: none.'),
  idempotent: z
    .boolean()
    .default(true)
    .describe(
      'Whether the producer is idempotent: what it sends again within an attempt is kept once. Clusters before 3.0 need the ' +
        'permission `IdempotentWrite` for it.',
    ),
  ...messageOptions('binary'),
})

/** Options of a `kafka` program as its schema gives them. */
export type KafkaOptions = z.output<typeof options>
