import { type Delivery, isJsonObject, type JsonObject } from '../../../core/index.ts'

/** A message of SNS whose form, but not yet signature, was checked. */
export interface SnsMessage {
  readonly type: keyof typeof SIGNED_FIELDS
  readonly topicArn: string
  readonly signature: string
  readonly signatureVersion: '1' | '2'
  readonly signingCertUrl: string
  /** Where a subscription is confirmed; null in a notification. */
  readonly subscribeUrl: string | null
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

/** The message of a delivery, or what is wrong with its form. */
export function readMessage(delivery: Delivery): SnsMessage | { readonly fault: string } {
  const payload = readPayload(delivery)
  if (payload === null) return { fault: 'the body is not a JSON object' }
  const { Type: type, SignatureVersion: version, Signature: signature } = payload
  if (typeof type !== 'string' || !Object.hasOwn(SIGNED_FIELDS, type)) {
    return { fault: '`Type` of the body is none of SNS' }
  }
  const known = type as SnsMessage['type']
  if (typeof signature !== 'string') return { fault: 'field `Signature` of the body is missing' }
  if (version !== '1' && version !== '2') return { fault: '`SignatureVersion` is not 1 or 2' }
  const content = contentOf(payload, known)
  if (content === null) return { fault: 'a signed field of the body is missing' }
  const { TopicArn, SigningCertURL, SubscribeURL } = payload
  return {
    type: known,
    topicArn: String(TopicArn),
    signature,
    signatureVersion: version,
    signingCertUrl: typeof SigningCertURL === 'string' ? SigningCertURL : '',
    subscribeUrl: known === 'Notification' ? null : String(SubscribeURL),
    content,
  }
}

function readPayload(delivery: Delivery): JsonObject | null {
  try {
    const payload = delivery.json()
    return isJsonObject(payload) ? payload : null
  } catch {
    return null
  }
}

function contentOf(payload: JsonObject, type: SnsMessage['type']): string | null {
  let content = ''
  for (const name of SIGNED_FIELDS[type]) {
    const value = payload[name] ?? undefined
    if (value === undefined && name === OPTIONAL) continue
    if (typeof value !== 'string') return null
    content += `${name}\n${value}\n`
  }
  return content
}
