import { verify as verifyBytes } from 'node:crypto'
import {
  type Answer,
  type Delivery,
  factsOf,
  HooklineError,
  isJsonObject,
  isJsonType,
  mediaType,
  type ParsedEvent,
  type PluginContext,
  parseJson,
  type SourceInstance,
  type Verdict,
} from '../../../core/index.ts'
import { type FetchText, isCertificateUrl, isSnsUrl } from './amazon.ts'
import { Certificates } from './certificates.ts'
import { EVENTS } from './events.ts'
import { readMessage } from './message.ts'

export interface SnsOptions {
  readonly topics: readonly string[]
  readonly confirm: boolean
  readonly unwrap: boolean
}

const DIGESTS = { 1: 'RSA-SHA1', 2: 'RSA-SHA256' } as const
const TYPES = {
  Notification: 'notification',
  SubscriptionConfirmation: 'subscription_confirmation',
  UnsubscribeConfirmation: 'unsubscribe_confirmation',
} as const

/** The `create` of the source, with its way to the network. */
export function createSns(fetchText: FetchText) {
  return (options: SnsOptions, context: PluginContext): SourceInstance => {
    const certificates = new Certificates(fetchText, context.clock)
    return {
      verify: (delivery) => verify(delivery, options.topics, certificates),
      parse: (delivery) => [parse(delivery, options.unwrap)],
      acknowledge: (delivery) =>
        options.confirm ? confirm(delivery, fetchText, context) : undefined,
    }
  }
}

async function verify(
  delivery: Delivery,
  topics: readonly string[],
  certificates: Certificates,
): Promise<Verdict> {
  if (delivery.headers['x-amz-sns-rawdelivery'] === 'true') {
    return refuse('raw message delivery is switched on: such messages are not signed')
  }
  const message = readMessage(delivery)
  if ('fault' in message) return refuse(message.fault)
  // Anybody can have SNS sign messages of a topic of their own, so the topic is what tells the sender.
  if (!topics.includes(message.topicArn)) return refuse('`TopicArn` is not in `topics`')
  if (!isCertificateUrl(message.signingCertUrl)) {
    return refuse('`SigningCertURL` is not an address of SNS')
  }
  const key = await certificates.publicKey(message.signingCertUrl)
  if (key === null) return refuse('the certificate of SNS could not be had, or is not valid now')
  const digest = DIGESTS[message.signatureVersion]
  const signature = Buffer.from(message.signature, 'base64')
  // Buffer passes over what is no base64, so what it read must be what was sent.
  const isWhole = signature.toString('base64') === message.signature
  return isWhole && verifyBytes(digest, Buffer.from(message.content), key, signature)
    ? { ok: true }
    : refuse('`Signature` does not match')
}

function parse(delivery: Delivery, unwrap: boolean): ParsedEvent {
  const contentType = mediaType(delivery.headers['content-type'])
  if (contentType !== 'text/plain' && !isJsonType(contentType)) {
    throw new HooklineError('content_type_unsupported', 'SNS sends text/plain.')
  }
  const envelope = delivery.json()
  const message = readMessage(delivery)
  if ('fault' in message || !isJsonObject(envelope)) {
    throw new HooklineError('delivery_unparsable', 'The body is not a message of SNS.')
  }
  const type = TYPES[message.type]
  const isUnwrapped = unwrap && message.type === 'Notification'
  return {
    type,
    id: String(envelope['MessageId']),
    facts: factsOf(EVENTS, { type, payload: envelope }),
    payload: isUnwrapped ? parseJson(String(envelope['Message'])) : envelope,
  }
}

/** Confirms the subscription of a verified message; a failure has SNS ask again. */
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
