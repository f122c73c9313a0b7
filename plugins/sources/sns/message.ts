import { type Delivery, type JsonObject, objectIn } from '../../../core/sdk/source.ts'

/** A well-formed message of SNS, whose signature is not verified yet. */
export interface SnsMessage {
  readonly type: keyof typeof SIGNED_FIELDS
  readonly topicArn: string
  readonly signature: string
  readonly signatureVersion: '1' | '2'
  readonly signingCertUrl: string
  /** Where a subscription is confirmed; null in a notification. */
  readonly subscribeUrl: string | null
  /** When it was published, as SNS wrote it. */
  readonly timestamp: string
  /** What was signed. */
  readonly content: string
}

// In the order in which they are signed, https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const
const CONFIRMATION = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
] as const
const SIGNED_FIELDS = {
  Notification: NOTIFICATION,
  SubscriptionConfirmation: CONFIRMATION,
  UnsubscribeConfirmation: CONFIRMATION,
} as const
const OPTIONAL = 'Subject'

/**
 * The only field that may hold line breaks. SNS joins names and values by line breaks and escapes none, so with a
 * second such field one signature would fit several messages.
 */
const MULTILINE = 'Message'

/** The message of a delivery, or what is wrong with its form. */
export function readMessage(delivery: Delivery): SnsMessage | { readonly fault: string } {
  const payload = objectIn(delivery)
  if (payload === null) return { fault: 'the body is not a JSON object' }
  const { Type: type, SignatureVersion: version, Signature: signature } = payload
  if (typeof type !== 'string' || !Object.hasOwn(SIGNED_FIELDS, type)) {
    return { fault: '`Type` of the body is none of SNS' }
  }
  const known = type as SnsMessage['type']
  if (typeof signature !== 'string') return { fault: 'field `Signature` of the body is missing' }
  if (version !== '1' && version !== '2') return { fault: '`SignatureVersion` is not 1 or 2' }
  const content = contentOf(payload, known)
  if (typeof content !== 'string') return content
  const { TopicArn, SigningCertURL, SubscribeURL, Timestamp } = payload
  return {
    type: known,
    topicArn: String(TopicArn),
    signature,
    signatureVersion: version,
    signingCertUrl: typeof SigningCertURL === 'string' ? SigningCertURL : '',
    subscribeUrl: known === 'Notification' ? null : String(SubscribeURL),
    timestamp: String(Timestamp),
    content,
  }
}

function contentOf(
  payload: JsonObject,
  type: SnsMessage['type'],
): string | { readonly fault: string } {
  let content = ''
  for (const name of SIGNED_FIELDS[type]) {
    const value = payload[name] ?? undefined
    if (value === undefined && name === OPTIONAL) continue
    if (typeof value !== 'string') return { fault: `signed field \`${name}\` is missing` }
    if (name !== MULTILINE && value.includes('\n')) {
      return { fault: `signed field \`${name}\` holds a line break, which SNS never sends in it` }
    }
    content += `${name}\n${value}\n`
  }
  return content
}
