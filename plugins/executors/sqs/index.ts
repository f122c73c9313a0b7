import {
  aws,
  brokerFault,
  compileMessage,
  defineExecutor,
  HooklineError,
  importOptional,
  messageOptions,
  packageFaults,
  publisher,
  valuesOf,
  z,
} from '../../../core/sdk/executor.ts'

const PACKAGES = ['@aws-sdk/client-sqs'] as const
const MAX_ATTRIBUTES = 10
const REGION = /^(?:sqs\.([\w-]+)|([\w-]+)\.queue)\.amazonaws\./

const options = z.object({
  queueUrl: z
    .url({ protocol: /^https?$/ })
    .describe('The queue: `https://sqs.eu-central-1.amazonaws.com/123456789012/hooks`.'),
  group: aws.groupOption(),
  ...aws.accountOptions,
  ...messageOptions('structured'),
})

const load = () => importOptional(PACKAGES, () => import('@aws-sdk/client-sqs'))

/**
 * Sends to a queue of Amazon SQS.
 *
 * - It succeeds when SQS has taken the message. The result is `{ id, messageId, sequence }`; `sequence` is of FIFO queues.
 * - A FIFO queue drops the second message of a task for five minutes. Another queue may hold it twice.
 */
export const sqs = defineExecutor({
  name: 'sqs',
  summary: 'Sends the event to a queue of Amazon SQS. Needs the package `@aws-sdk/client-sqs`.',
  options,
  check: () => packageFaults(PACKAGES),
  describe: ({ queueUrl }) => ({ command: ['sqs', queueUrl], variables: [] }),
  permissions: (settings) => aws.accountPermissions(`sqs:${settings.queueUrl}`, settings),
  create: ({ queueUrl, group, confirmSeconds, ...settings }) => {
    const url = new URL(queueUrl)
    const [, region, oldRegion] = REGION.exec(url.hostname) ?? []
    if (`${url.username}${url.password}${url.search}` !== '') {
      throw new HooklineError('option_invalid', '`queueUrl` must hold no user and no query')
    }
    aws.checkHeaderNames(settings.headers)
    const client = {
      ...aws.clientSettings(settings, region ?? oldRegion),
      endpoint: settings.endpoint ?? url.origin,
      useQueueUrlAsEndpoint: false,
    }
    const message = compileMessage(settings)
    const ids = aws.fifoIds(group, url.pathname.endsWith('.fifo'))
    const place = { service: 'SQS', target: queueUrl }
    return publisher({
      name: 'SQS',
      confirmSeconds,
      make: (run) => {
        const source = valuesOf(run)
        const made = message(run, source)
        const attributes = aws.attributesOf(made)
        const count = Object.keys(attributes).length
        if (count > MAX_ATTRIBUTES) throw tooMany(count)
        const input = { QueueUrl: queueUrl, MessageBody: made.body, MessageAttributes: attributes }
        return { id: made.id, input: { ...input, ...ids(run, source) } }
      },
      open: async () => {
        const { SQSClient, SendMessageCommand } = await load()
        return { client: new SQSClient(client), SendMessageCommand }
      },
      isOpen: () => true,
      publish: async (api, { id, input }) => {
        try {
          const sent = await api.client.send(new api.SendMessageCommand(input))
          return { id, messageId: sent.MessageId, sequence: sent.SequenceNumber ?? null }
        } catch (error) {
          throw aws.callFault(place, error)
        }
      },
      close: async (api) => api.client.destroy(),
    })
  },
})

function tooMany(count: number): HooklineError {
  const why = `The message has ${count} attributes; SQS allows ${MAX_ATTRIBUTES}.`
  const remedy = 'Use fewer `headers`, or `cloudEvents: structured`.'
  return brokerFault('message_refused', why, { remedy })
}
