import https from 'node:https'
import { createRequire } from 'node:module'
import { PassThrough } from 'node:stream'
import { sns } from 'hookline/sources'
import { type SourceAdapter, testSource } from 'hookline/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isCertificateUrl, isSnsUrl } from '../../../../plugins/sources/sns/amazon.ts'
import { defineSns } from '../../../../plugins/sources/sns/define.ts'
import {
  CERTIFICATE,
  confirmation,
  create,
  deliver,
  fetchCertificate,
  type Message,
  notification,
  OTHER_TOPIC,
  signed,
  TOPIC,
} from './samples.ts'

interface Validator {
  validate(message: string, callback: (error: Error | null) => void): void
}

// AWS's own; it comes without types.
const MessageValidator: new () => Validator = createRequire(import.meta.url)('sns-validator')

const adapter: SourceAdapter = {
  definition: defineSns(fetchCertificate).definition,
  secrets: [TOPIC, OTHER_TOPIC],
  options: (topics) => ({ topics }),
  embedProof: (draft, topic) => {
    const text = Buffer.from(draft.body).toString()
    if (!text.startsWith('{"Type"')) return draft
    const message = { Timestamp: draft.sentAt.toISOString(), ...JSON.parse(text) }
    return { ...draft, body: Buffer.from(JSON.stringify(signed(message, topic))) }
  },
  sign: () => ({}),
  cannotSign: true,
  proofField: {
    name: 'Signature',
    covers: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  },
  coversBody: true,
  toleranceSeconds: 3900,
  samples: [
    {
      event: 'notification',
      body: JSON.stringify(notification),
      contentType: 'text/plain; charset=UTF-8',
      type: 'notification',
      facts: { topic: 'builds', subject: 'Build 7', message: '{"state":"failed"}' },
    },
    {
      event: 'notification',
      body: JSON.stringify({ ...notification, Subject: undefined, SignatureVersion: '1' }),
      contentType: 'text/plain; charset=UTF-8',
      type: 'notification',
      facts: { subject: null },
    },
    {
      event: 'confirmation',
      body: JSON.stringify(confirmation),
      contentType: 'text/plain; charset=UTF-8',
      type: 'subscription_confirmation',
      facts: { topic_arn: TOPIC },
    },
  ],
}

testSource({ describe, it }, adapter)

describe('sns', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it.each([
    ['a notification', notification],
    ['one without a subject', { Type: 'Notification', Message: 'x' }],
    ['one signed with SHA-1', { ...notification, SignatureVersion: '1' }],
    ['a confirmation', confirmation],
  ])("agrees with AWS's validator on %s", async (_, message) => {
    // The validator fetches the certificate itself; it gets this one from its network.
    vi.spyOn(https, 'get').mockImplementation(((
      _url: string,
      onResponse: (response: object) => void,
    ) => {
      const response = Object.assign(new PassThrough(), { statusCode: 200 })
      onResponse(response)
      response.end(CERTIFICATE)
      return response
    }) as unknown as typeof https.get)
    const judge = (candidate: Message) =>
      new Promise<boolean>((resolve) => {
        new MessageValidator().validate(JSON.stringify(candidate), (error) =>
          resolve(error === null),
        )
      })
    const good = signed(message)
    for (const candidate of [good, { ...good, Message: 'other' }, { ...good, Signature: 'AAAA' }]) {
      const verdict = await create().verify(deliver(candidate))
      expect(verdict.ok).toBe(await judge(candidate))
    }
  })

  it('verifies the end of a subscription over the fields that AWS documents', async () => {
    // The validator leaves `Token` out here, against the documents.
    const ended = signed({ ...confirmation, Type: 'UnsubscribeConfirmation' })
    expect(await create().verify(deliver(ended))).toEqual({ ok: true })
    expect(await create().verify(deliver({ ...ended, Token: '1' }))).toMatchObject({ ok: false })
  })

  it.each([
    ['a raw message', signed(notification), { 'x-amz-sns-rawdelivery': 'true' }, 'raw'],
    ['another version', signed({ ...notification, SignatureVersion: '3' }), {}, 'SignatureVersion'],
    ['another type', signed({ ...notification, Type: 'constructor' }), {}, 'Type'],
    [
      'a foreign certificate',
      signed({ ...notification, SigningCertURL: 'https://evil.example/a.pem' }),
      {},
      'SigningCertURL',
    ],
    [
      'no certificate',
      { ...signed(notification), SigningCertURL: undefined },
      {},
      'SigningCertURL',
    ],
    ['a field that is no text', { ...signed(notification), Message: 7 }, {}, 'field'],
  ])('refuses %s', async (_, message, headers, reason) => {
    const verdict = await create().verify(deliver(message, headers))
    expect(verdict).toEqual({ ok: false, reason: expect.stringContaining(reason) })
  })

  it.each([
    ['https://sns.us-east-1.amazonaws.com/a.pem', true],
    ['https://sns.cn-north-1.amazonaws.com.cn/a.pem', true],
    ['http://sns.us-east-1.amazonaws.com/a.pem', false],
    ['https://sns.us-east-1.amazonaws.com/a.txt', false],
    ['https://sns.us-east-1.amazonaws.com/a.pem?x=.pem', false],
    ['https://sns.us-east-1.amazonaws.com:8443/a.pem', false],
    ['https://sns.us-east-1.amazonaws.com.evil.example/a.pem', false],
    ['https://sns.us-east-1.amazonaws.com@evil.example/a.pem', false],
    ['https://evil.example/sns.us-east-1.amazonaws.com/a.pem', false],
    ['https://bucket.s3.amazonaws.com/a.pem', false],
    ['https://snsaus-east-1.amazonaws.com/a.pem', false],
    ['file:///etc/a.pem', false],
    ['', false],
  ])('judges the certificate address %s', (url, ok) => {
    expect(isCertificateUrl(url)).toBe(ok)
    if (ok) expect(isSnsUrl(url)).toBe(true)
  })

  it.each([['*'], ['arn:aws:sqs:us-east-1:123456789012:builds'], [`${TOPIC}:1`]])(
    'is not given %s for a topic',
    (topics) => {
      expect(sns.definition.options.safeParse({ topics }).success).toBe(false)
    },
  )
})

describe('line breaks in signed fields', () => {
  const message = signed({
    Type: 'Notification',
    Message: 'go',
    MessageId: 'id-1',
    Subject: 'deploy',
  })

  it('takes line breaks in the message only', async () => {
    const lines = signed({ Type: 'Notification', Message: 'a\nMessageId\nb\n' })
    expect(await create().verify(deliver(message))).toEqual({ ok: true })
    expect(await create().verify(deliver(lines))).toEqual({ ok: true })
  })

  it.each([
    ['the subject in the id', { MessageId: 'id-1\nSubject\ndeploy', Subject: undefined }],
    ['the id in the message', { Message: 'go\nMessageId\nid-1', MessageId: 'id-1' }],
    [
      'the time in the subject',
      { Subject: `deploy\nTimestamp\n${message['Timestamp']}`, Timestamp: message['Timestamp'] },
    ],
  ])('refuses %s', async (_, change) => {
    expect(await create().verify(deliver({ ...message, ...change }))).toMatchObject({ ok: false })
  })

  it('says which field holds a line break', async () => {
    const folded = { ...message, MessageId: 'id-1\nSubject\ndeploy', Subject: undefined }
    expect(await create().verify(deliver(folded))).toEqual({
      ok: false,
      reason: expect.stringContaining('`MessageId` holds a line break'),
    })
  })
})
