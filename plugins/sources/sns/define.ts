import { verify as verifyBytes } from 'node:crypto'
import { z } from 'zod'
import {
  type Answer,
  checkTimestamp,
  type Delivery,
  defineSource,
  type FetchText,
  HooklineError,
  isJsonObject,
  isJsonType,
  mediaType,
  type PluginContext,
  parseJson,
  type SourceEvent,
  type Verdict,
} from '../../../core/sdk/source.ts'
import { isCertificateUrl, isSnsUrl } from './amazon.ts'
import { Certificates } from './certificates.ts'
import { EVENTS } from './events.ts'
import { readMessage } from './message.ts'

const topic = () =>
  z
    .string()
    .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}$/, 'must be the ARN of a topic')

/**
 * `Timestamp` is the time of publication, and SNS repeats a delivery for an hour at most
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html). Five minutes are for clocks.
 */
const TOLERANCE_SECONDS = 3900

const DIGESTS = { 1: 'RSA-SHA1', 2: 'RSA-SHA256' } as const
const TYPES = {
  Notification: 'notification',
  SubscriptionConfirmation: 'subscription_confirmation',
  UnsubscribeConfirmation: 'unsubscribe_confirmation',
} as const

/** Defines the source with a function that fetches from SNS. */
export function defineSns(fetchText: FetchText) {
  return defineSource({
    name: 'sns',
    summary: 'Messages of AWS SNS topics, at most 65 minutes after they were published.',
    documentation: 'https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html',
    setup:
      'Create a subscription of the topic, with the protocol HTTPS and the URL as its endpoint. Hookline confirms it.',
    options: z.object({
      topics: z
        .union([topic(), z.array(topic()).min(1)])
        .transform((value): readonly string[] => [value].flat())
        .describe('ARNs of the topics whose messages are accepted.'),
      confirm: z
        .boolean()
        .default(true)
        .describe('Confirm subscriptions to these topics by calling SNS.'),
      unwrap: z
        .boolean()
        .default(false)
        .describe('Use the JSON inside `Message` as the payload of a notification.'),
    }),
    events: EVENTS,
    // A message of 256 KiB, in which quotes and line ends are escaped.
    maxUnverifiedBytes: 1024 * 1024,
    signature: ({ topics }, { clock }) => {
      const certificates = new Certificates(fetchText, clock)
      return { verify: (delivery) => verify(delivery, topics, certificates, clock()) }
    },
    parse: (delivery, { unwrap }) => [eventOf(delivery, unwrap)],
    acknowledge: (delivery, options, context) =>
      options.confirm ? confirm(delivery, fetchText, context) : undefined,
  })
}

async function verify(
  delivery: Delivery,
  topics: readonly string[],
  certificates: Certificates,
  now: number,
): Promise<Verdict> {
  if (delivery.headers['x-amz-sns-rawdelivery'] === 'true') {
    return refuse('raw message delivery is switched on: such messages are not signed')
  }
  const message = readMessage(delivery)
  if ('fault' in message) return refuse(message.fault)
  // SNS signs messages of anybody's topics, so the topic identifies the sender.
  if (!topics.includes(message.topicArn)) return refuse('`TopicArn` is not in `topics`')
  if (!isCertificateUrl(message.signingCertUrl)) {
    return refuse('`SigningCertURL` is not an address of SNS')
  }
  const key = await certificates.publicKey(message.signingCertUrl)
  if (key === null) return refuse('the certificate of SNS could not be had, or is not valid now')
  const digest = DIGESTS[message.signatureVersion]
  const signature = Buffer.from(message.signature, 'base64')
  // Buffer ignores characters that are not base64, so compare the text again.
  const isWhole = signature.toString('base64') === message.signature
  if (!isWhole || !verifyBytes(digest, Buffer.from(message.content), key, signature)) {
    return refuse('`Signature` does not match')
  }
  const { timestamp: value } = message
  return checkTimestamp({ value, unit: 'rfc3339', toleranceSeconds: TOLERANCE_SECONDS, now })
}

function eventOf(delivery: Delivery, unwrap: boolean): SourceEvent {
  const contentType = mediaType(delivery.headers['content-type'])
  if (contentType !== 'text/plain' && !isJsonType(contentType)) {
    throw new HooklineError('content_type_unsupported', 'SNS sends text/plain.')
  }
  const envelope = delivery.json()
  const message = readMessage(delivery)
  if ('fault' in message || !isJsonObject(envelope)) {
    throw new HooklineError('delivery_unparsable', 'The body is not a message of SNS.')
  }
  const isUnwrapped = unwrap && message.type === 'Notification'
  return {
    type: TYPES[message.type],
    id: String(envelope['MessageId']),
    from: envelope,
    payload: isUnwrapped ? parseJson(String(envelope['Message'])) : envelope,
  }
}

/** Confirms the subscription of a verified message. If it fails, SNS asks again. */
async function confirm(
  delivery: Delivery,
  fetchText: FetchText,
  { logger, name }: PluginContext,
): Promise<Answer | undefined> {
  const message = readMessage(delivery)
  if ('fault' in message || message.type !== 'SubscriptionConfirmation') return undefined
  const url = message.subscribeUrl ?? ''
  const fields = { source: name, topic: message.topicArn }
  try {
    if (!isSnsUrl(url)) throw new Error('`SubscribeURL` is not an address of SNS')
    await fetchText(url)
  } catch (error) {
    logger.error({ ...fields, err: error }, 'a subscription of SNS could not be confirmed')
    return { status: 503 }
  }
  logger.info(fields, 'a subscription of SNS was confirmed')
  return undefined
}

function refuse(reason: string): Verdict {
  return { ok: false, reason }
}
