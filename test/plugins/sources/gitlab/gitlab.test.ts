import { createHmac } from 'node:crypto'
import { gitlab } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { GITLAB_SAMPLES } from './samples.ts'

const SIGNING_TOKENS = [
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=',
] as const

// The package turns bytes into text first, so bytes that are no UTF-8 are signed as the specification says.
function sign(secret: string, id: string, sentAt: Date, body: Uint8Array): string {
  const bytes = Buffer.from(body)
  if (Buffer.from(bytes.toString()).equals(bytes))
    return new Webhook(secret).sign(id, sentAt, bytes)
  const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
  const seconds = Math.floor(sentAt.getTime() / 1000)
  return `v1,${mac.update(`${id}.${seconds}.`).update(bytes).digest('base64')}`
}

function headerOf(event: string): string {
  return GITLAB_SAMPLES.find((sample) => sample.event === event)?.header ?? event
}

const signed: SourceAdapter = {
  definition: gitlab.definition,
  secrets: SIGNING_TOKENS,
  options: (signingToken) => ({ signingToken }),
  sign: ({ event, id, body, sentAt }, secret) => ({
    'X-Gitlab-Event': headerOf(event),
    'Idempotency-Key': id,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    'webhook-signature': sign(secret, id, sentAt, body),
  }),
  proofHeader: 'webhook-signature',
  neededHeaders: ['webhook-id', 'webhook-timestamp'],
  coversBody: true,
  toleranceSeconds: 300,
  samples: GITLAB_SAMPLES,
}

describe('with a signing token', () => testSource({ describe, it }, signed))

describe('with a secret token', () =>
  testSource(
    { describe, it },
    {
      definition: gitlab.definition,
      secrets: ['first secret token', 'zweites Geheimnis äöü'],
      options: (token) => ({ token }),
      sign: ({ event, id }, secret) => ({
        'X-Gitlab-Event': headerOf(event),
        'Idempotency-Key': id,
        // As HTTP carries it: the bytes of UTF-8, read as Latin-1.
        'X-Gitlab-Token': Buffer.from(secret).toString('latin1'),
      }),
      proofHeader: 'X-Gitlab-Token',
      coversBody: false,
      samples: GITLAB_SAMPLES,
    },
  ))

describe('gitlab', () => {
  const context = makeContext()
  const json = { 'content-type': 'application/json' }

  it('checks both secrets where both are set', () => {
    const [signingToken] = SIGNING_TOKENS
    const both = { signingToken: [signingToken], token: ['secret token'] }
    const source = gitlab.definition.create(both, context)
    const draft = { event: 'push', id: '1', body: Buffer.from('{}'), url: '', sentAt: new Date() }
    const headers = source.sign?.(draft) ?? {}
    expect(source.verify(makeDelivery({ headers, body: '{}' }))).toEqual({ ok: true })
    for (const name of ['x-gitlab-token', 'webhook-signature']) {
      const { [name]: _, ...without } = headers
      expect(source.verify(makeDelivery({ headers: without, body: '{}' }))).toMatchObject({
        ok: false,
      })
    }
  })

  it('takes one good signature of several, and passes over others', () => {
    const now = new Date()
    const good = sign(SIGNING_TOKENS[0], 'msg', now, Buffer.from('{}'))
    const source = gitlab.definition.create(
      { signingToken: [SIGNING_TOKENS[0]] },
      makeContext({ clock: () => now.getTime() }),
    )
    const verdictOf = (signature: string) =>
      source.verify(
        makeDelivery({
          headers: {
            'webhook-id': 'msg',
            'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
            'webhook-signature': signature,
          },
          body: '{}',
        }),
      )
    const bad = sign(SIGNING_TOKENS[1], 'msg', now, Buffer.from('{}'))
    expect(verdictOf(`v1a,abcd ${bad} ${good}`)).toEqual({ ok: true })
    expect(verdictOf(bad)).toMatchObject({ ok: false })
    expect(verdictOf(good.replace('v1,', 'v1a,'))).toEqual({
      ok: false,
      reason: 'signature header webhook-signature has no part that begins with v1,',
    })
  })

  it('refuses a signing token that holds no key, without telling it', () => {
    const create = () => gitlab.definition.create({ signingToken: ['whsec_not base64!'] }, context)
    expect(create).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    expect(create).not.toThrow(/not base64!/)
  })

  it.each([
    ['Push Hook', {}, 'push'],
    ['Tag Push Hook', {}, 'tag_push'],
    ['Wiki Page Hook', { object_attributes: { action: 'create' } }, 'wiki_page.create'],
    [
      'Confidential Issue Hook',
      { object_attributes: { action: 'open' } },
      'confidential_issue.open',
    ],
    ['System Hook', { event_name: 'project_create' }, 'project_create'],
    ['System Hook', { object_kind: 'merge_request' }, 'merge_request'],
    ['Feature Flag Hook', { object_attributes: { action: 'a b' } }, 'feature_flag.a_b'],
  ])('reads %s %j as %s', async (header, payload, type) => {
    const source = gitlab.definition.create({ token: ['t'] }, context)
    const headers = { ...json, 'X-Gitlab-Event': header, 'Idempotency-Key': 'key-1' }
    const delivery = makeDelivery({ headers, body: JSON.stringify(payload) })
    const [event] = await source.parse(delivery)
    expect(event).toMatchObject({ type, id: 'key-1' })
    expect(event?.payload).toBe(delivery.json())
  })

  it.each([
    [undefined, '{}'],
    ['System Hook', '{}'],
    ['System Hook', '{"event_name": ["x"]}'],
    ['Push Hook', '3'],
  ])('cannot parse header %s with %s', (header, body) => {
    const source = gitlab.definition.create({ token: ['t'] }, context)
    const headers = header === undefined ? json : { ...json, 'X-Gitlab-Event': header }
    expect(() => source.parse(makeDelivery({ headers, body }))).toThrow(
      expect.objectContaining({ code: 'delivery_unparsable' }),
    )
  })

  it('masks its token header', () => {
    expect(gitlab.definition.secretHeaders).toEqual(['X-Gitlab-Token'])
  })
})
