import { LinearWebhookClient } from '@linear/sdk/webhooks'
import { sign as octokitSign } from '@octokit/webhooks-methods'
import { jira, linear, sentry } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { macOf, textOf } from '../vendor-signer.ts'
import { JIRA_SAMPLES, LINEAR_SAMPLES, SENTRY_SAMPLES } from './samples.ts'

const shared = {
  secrets: ['a first secret', 'zweites Geheimnis äöü'],
  options: (secret: readonly string[]) => ({ secret }),
  coversBody: true,
} as const

const sha256 = (secret: string, body: Uint8Array) => macOf('sha256', secret, 'hex')(body)

const adapters: Readonly<Record<string, SourceAdapter>> = {
  jira: {
    ...shared,
    definition: jira.definition,
    // Atlassian names WebSub's scheme, which GitHub has too; octokit's signer takes no bytes.
    sign: async ({ id, body }, secret) => {
      const text = textOf(body)
      return {
        'X-Atlassian-Webhook-Identifier': id,
        'X-Hub-Signature':
          text === null ? `sha256=${sha256(secret, body)}` : await octokitSign(secret, text),
      }
    },
    proofHeader: 'X-Hub-Signature',
    samples: JIRA_SAMPLES,
  },
  // Sentry publishes no signer: this is a line from its document.
  sentry: {
    ...shared,
    definition: sentry.definition,
    sign: ({ event, id, body, sentAt }, secret) => ({
      'Request-ID': id,
      'Sentry-Hook-Resource': event.split('.')[0] ?? event,
      'Sentry-Hook-Timestamp': String(sentAt.getTime() / 1000),
      'Sentry-Hook-Signature': sha256(secret, body),
    }),
    proofHeader: 'Sentry-Hook-Signature',
    samples: SENTRY_SAMPLES,
  },
  // Linear's library only verifies, by the real time: see below.
  linear: {
    ...shared,
    definition: linear.definition,
    embedProof: (draft) => {
      const text = textOf(draft.body)
      if (text === null || !LINEAR_SAMPLES.some((sample) => sample.body === text)) return draft
      const body = JSON.stringify({ ...JSON.parse(text), webhookTimestamp: draft.sentAt.getTime() })
      return { ...draft, body: Buffer.from(body) }
    },
    sign: ({ event, id, body }, secret) => ({
      'Linear-Event': event.split('.')[0] ?? event,
      'Linear-Delivery': id,
      'Linear-Signature': sha256(secret, body),
    }),
    proofHeader: 'Linear-Signature',
    toleranceSeconds: 60,
    timeInBody: true,
    samples: LINEAR_SAMPLES,
  },
}

for (const [name, adapter] of Object.entries(adapters)) {
  describe(name, () => testSource({ describe, it }, adapter))
}

describe('linear', () => {
  const secret = 'a secret'
  const source = linear.definition.create({ secret: [secret] }, makeContext())
  const [{ body: sample }] = LINEAR_SAMPLES

  it("signs what Linear's own library accepts, and the reverse", () => {
    const client = new LinearWebhookClient(secret)
    const draft = { event: 'Issue.create', id: '1', url: '', sentAt: new Date() }
    const sealed = source.embedProof?.({ ...draft, body: Buffer.from(sample) })
    if (sealed === undefined) return expect.fail('the source seals nothing')
    const headers = source.sign?.(sealed) ?? {}
    const bytes = Buffer.from(sealed.body)
    expect(client.verify(bytes, headers['linear-signature'] ?? '')).toBe(true)
    expect(source.verify(makeDelivery({ headers, body: bytes }))).toEqual({ ok: true })
    const other = new LinearWebhookClient('another')
    expect(() => other.verify(bytes, headers['linear-signature'] ?? '')).toThrow()
  })

  it.each([
    ['no time', '{"type":"Issue"}'],
    ['a time that is text', '{"webhookTimestamp":"1768478400000"}'],
    ['a time that is no whole number', '{"webhookTimestamp":1e30}'],
    ['no JSON', 'hello'],
    ['a list', '[]'],
  ])('refuses a signed body with %s', (_, body) => {
    const headers = { 'Linear-Signature': sha256(secret, Buffer.from(body)) }
    expect(source.verify(makeDelivery({ headers, body }))).toMatchObject({ ok: false })
  })

  it('says first that the signature is wrong', () => {
    const headers = { 'Linear-Signature': '0'.repeat(64) }
    expect(source.verify(makeDelivery({ headers, body: 'hello' }))).toEqual({
      ok: false,
      reason: 'signature does not match any secret',
    })
  })
})

describe('jira', () => {
  it('cannot parse a payload without an event', () => {
    const source = jira.definition.create({ secret: ['s'] }, makeContext())
    const headers = { 'content-type': 'application/json' }
    expect(() => source.parse(makeDelivery({ headers, body: '{}' }))).toThrow(
      expect.objectContaining({ code: 'delivery_unparsable' }),
    )
  })
})
