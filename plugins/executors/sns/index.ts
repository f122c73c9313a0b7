import {
  aws,
  compileMessage,
  compileTemplate,
  defineExecutor,
  importOptional,
  messageOptions,
  packageFaults,
  publisher,
  templateText,
  valuesOf,
  z,
} from '../../../core/sdk/executor.ts'

const PACKAGES = ['@aws-sdk/client-sns'] as const
const ARN = /^arn:[\w-]+:sns:([\w-]+):\d*:[\w-]+(?:\.fifo)?$/

const options = z.object({
  topicArn: z
    .string()
    .regex(ARN, 'must be the ARN of a topic')
    .describe('The topic: `arn:aws:sns:eu-central-1:123456789012:hooks`.'),
  subject: templateText()
    .optional()
    .describe(
      'The subject of mails to subscribers, a template. Line ends become spaces; at most 99 characters are kept.',
    ),
  group: aws.groupOption(),
  ...aws.accountOptions,
  ...messageOptions('structured'),
})

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const MAX_SUBJECT = 99
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL_OR_SPACE = /[\s\0-\x1f\x7f]+/g

const load = () => importOptional(PACKAGES, () => import('@aws-sdk/client-sns'))

/**
 * Publishes to a topic of Amazon SNS.
 *
 * - It succeeds when SNS has taken the message. The result is `{ id, messageId, sequence }`; `sequence` is of FIFO topics.
 * - A FIFO topic drops the second message of a task for five minutes. Another topic may deliver it twice.
 */
export const sns = defineExecutor({
  name: 'sns',
  summary: 'Publishes the event to a topic of Amazon SNS. Needs the package `@aws-sdk/client-sns`.',
  options,
  check: () => packageFaults(PACKAGES),
  describe: ({ topicArn }) => ({ command: ['sns', topicArn], variables: [] }),
  permissions: (settings) => aws.accountPermissions(`sns:${settings.topicArn}`, settings),
  create: ({ topicArn, group, confirmSeconds, ...settings }) => {
    aws.checkHeaderNames(settings.headers)
    const client = aws.clientSettings(settings, ARN.exec(topicArn)?.[1])
    const message = compileMessage(settings)
    const ids = aws.fifoIds(group, topicArn.endsWith('.fifo'))
    const subject =
      settings.subject === undefined ? null : compileTemplate(settings.subject, { path: 'subject' })
    const place = { service: 'SNS', target: topicArn }
    return publisher({
      name: 'SNS',
      confirmSeconds,
      make: (run) => {
        const source = valuesOf(run)
        const made = message(run, source)
        const input = {
          TopicArn: topicArn,
          Message: made.body,
          MessageAttributes: aws.attributesOf(made),
        }
        const line = subject === null ? '' : oneLine(subject.fill(source))
        const titled = line === '' ? input : { ...input, Subject: line }
        return { id: made.id, input: { ...titled, ...ids(run, source) } }
      },
      open: async () => {
        const { SNSClient, PublishCommand } = await load()
        return { client: new SNSClient(client), PublishCommand }
      },
      isOpen: () => true,
      publish: async (api, { id, input }) => {
        try {
          const sent = await api.client.send(new api.PublishCommand(input))
          return { id, messageId: sent.MessageId, sequence: sent.SequenceNumber ?? null }
        } catch (error) {
          throw aws.callFault(place, error)
        }
      },
      close: async (api) => api.client.destroy(),
    })
  },
})

function oneLine(text: string): string {
  const line = text.toWellFormed().replace(CONTROL_OR_SPACE, ' ').trim()
  return [...line].slice(0, MAX_SUBJECT).join('')
}
