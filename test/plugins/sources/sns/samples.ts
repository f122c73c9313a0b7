import { createSign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { makeContext, makeDelivery } from 'hookline/testing'
import { defineSns } from '../../../../plugins/sources/sns/define.ts'

const KEY = readFileSync(new URL('key.pem', import.meta.url), 'utf8')
export const CERTIFICATE = readFileSync(new URL('certificate.pem', import.meta.url), 'utf8')
export const CERTIFICATE_URL =
  'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem'
export const SUBSCRIBE_URL =
  'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336'
export const TOPIC = 'arn:aws:sns:us-east-1:123456789012:builds'
export const OTHER_TOPIC = 'arn:aws:sns:eu-central-1:123456789012:releases.fifo'
export const NOW = Date.parse('2026-01-15T12:00:00Z')

export type Message = Readonly<Record<string, unknown>>

// From AWS's document on verifying signatures; `sns-validator` confirms these lines below.
export function signed(message: Message, topic = TOPIC): Message {
  const whole: Message = {
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: topic,
    Timestamp: '2026-01-15T11:59:58.123Z',
    SignatureVersion: '2',
    SigningCertURL: CERTIFICATE_URL,
    ...message,
  }
  const names = [
    'Message',
    'MessageId',
    'Subject',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ]
  const signer = createSign(whole['SignatureVersion'] === '1' ? 'RSA-SHA1' : 'RSA-SHA256')
  for (const name of names) if (name in whole) signer.update(`${name}\n${whole[name]}\n`)
  return { ...whole, Signature: signer.sign(KEY, 'base64') }
}

export const notification = {
  Type: 'Notification',
  Subject: 'Build 7',
  Message: '{"state":"failed"}',
}
export const confirmation = {
  Type: 'SubscriptionConfirmation',
  Token: '2336',
  Message: 'You have chosen to subscribe to the topic.',
  SubscribeURL: SUBSCRIBE_URL,
}

export const fetchCertificate = async () => CERTIFICATE
export const deliver = (message: Message, headers: Record<string, string> = {}) =>
  makeDelivery({
    headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers },
    body: JSON.stringify(message),
  })

export function create(
  fetchText: (url: string) => Promise<string> = fetchCertificate,
  settings: { confirm?: boolean; unwrap?: boolean; clock?: () => number } = {},
) {
  const { confirm = true, unwrap = false, clock = () => NOW } = settings
  const options = { topics: [TOPIC], confirm, unwrap }
  return defineSns(fetchText).definition.create(options, makeContext({ clock }))
}
