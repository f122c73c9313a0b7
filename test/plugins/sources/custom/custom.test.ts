import { createHmac } from 'node:crypto'
import { custom } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { faultOf } from './configured.ts'

const NOW = new Date()
const SECRETS = ['the first of two secrets', 'the second of two secrets'] as const
const SAMPLE = {
  event: 'data_update',
  body: JSON.stringify({ event: 'data_update', size: 12, tags: ['a'], note: null, ok: true }),
  type: 'data_update',
  facts: { size: 12, note: null, ok: true },
} as const

const base: Pick<SourceAdapter, 'definition' | 'secrets' | 'anyFacts' | 'takesEmptyBody'> = {
  definition: custom.definition,
  secrets: SECRETS,
  anyFacts: true,
  takesEmptyBody: true,
}
const typed = { 'X-Webhook-Event': 'data_update' }

describe('with a token', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (token) => ({ token }),
      sign: (_, secret) => ({ ...typed, 'X-Webhook-Token': secret }),
      proofHeader: 'X-Webhook-Token',
      coversBody: false,
      samples: [SAMPLE],
    },
  ))

describe('with a bearer token', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (bearer) => ({ bearer }),
      sign: (_, secret) => ({ ...typed, Authorization: `Bearer ${secret}` }),
      proofHeader: 'Authorization',
      coversBody: false,
      samples: [SAMPLE],
    },
  ))

describe('with a password', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (password) => ({ basic: { username: 'sender', password } }),
      sign: (_, secret) => ({ ...typed, Authorization: `Basic ${btoa(`sender:${secret}`)}` }),
      proofHeader: 'Authorization',
      coversBody: false,
      samples: [SAMPLE],
    },
  ))

describe('with a token after a prefix', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (token) => ({ token, tokenHeader: 'Authorization', tokenPrefix: 'GenieKey ' }),
      sign: (_, secret) => ({ ...typed, Authorization: `GenieKey ${secret}` }),
      proofHeader: 'Authorization',
      coversBody: false,
      samples: [SAMPLE],
    },
  ))

describe('with a token in the URL', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (token) => ({ token, tokenQuery: 't' }),
      sign: () => typed,
      embedProof: (draft, secret) => {
        const url = new URL(draft.url)
        url.searchParams.append('t', secret)
        return { ...draft, url: url.href }
      },
      proofQuery: 't',
      coversBody: false,
      samples: [SAMPLE],
    },
  ))

describe('with one of several alternatives', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (secret) => ({
        anyOf: [
          { allow: ['203.0.113.0/24'], hmac: { secret, header: 'X-Unused' } },
          { allow: ['203.0.113.7'] },
          { hmac: { secret, header: 'X-Signature' } },
        ].toReversed(),
      }),
      sign: ({ body }, secret) => ({
        ...typed,
        'X-Signature': createHmac('sha256', secret).update(body).digest('hex'),
      }),
      proofHeader: 'X-Signature',
      coversBody: true,
      samples: [SAMPLE],
    },
  ))

describe('with a signature', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (secret) => ({ hmac: { secret, header: 'X-Signature' } }),
      sign: ({ body }, secret) => ({
        ...typed,
        'X-Signature': createHmac('sha256', secret).update(body).digest('hex'),
      }),
      proofHeader: 'X-Signature',
      coversBody: true,
      samples: [SAMPLE],
    },
  ))

describe('with a signature over id, time and URL', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (secret) => ({
        hmac: {
          secret,
          header: 'X-Sig',
          algorithm: 'sha512',
          encoding: 'base64url',
          prefix: 'v2=',
          separator: ',',
          idHeader: 'X-Id',
          timestamp: { header: 'X-Time', unit: 'ms', toleranceSeconds: 60 },
          template: '{method}\n{path}\n{url}\n{id}\n{timestamp}\n{body}',
        },
        id: { header: 'X-Id' },
      }),
      sign: ({ id, sentAt, body, url }, secret) => {
        const { pathname, search } = new URL(url)
        const signed = createHmac('sha512', secret)
          .update(`POST\n${pathname}${search}\n${url}\n${id}\n${sentAt.getTime()}\n`)
          .update(body)
        return {
          ...typed,
          'X-Id': id,
          'X-Time': String(sentAt.getTime()),
          'X-Sig': `v2=${signed.digest('base64url')}`,
        }
      },
      proofHeader: 'X-Sig',
      neededHeaders: ['X-Id', 'X-Time'],
      coversBody: true,
      toleranceSeconds: 60,
      samples: [SAMPLE],
    },
  ))

const BASIC = { username: 'u', password: 'p' }

describe('the options of custom', () => {
  it.each([
    ['no way to verify', {}, /needs a way to verify/],
    ['only settings', { tokenHeader: 'X-Token' }, /needs a way to verify/],
    ['unverified: false', { unverified: false }, /expected true/],
    ['both', { unverified: true, token: 'secret' }, /cannot have both `unverified`/],
    ['two for one header', { bearer: 'a', basic: BASIC }, /one header/],
    ['a user with a colon', { basic: { username: 'a:b', password: 'p' } }, /colon/],
    ['a header that is none', { token: 't', tokenHeader: 'a b' }, /name of a header/],
    ['an unknown part', { hmac: { secret: 's', header: 'h', algoritm: 'md5' } }, /algoritm/],
    ['two places', { token: 't', tokenHeader: 'X-T', tokenQuery: 't' }, /set only one of/],
    ['a place for no token', { basic: BASIC, tokenPath: 'a' }, /has no `token`/],
    ['a prefix in a URL', { token: 't', tokenQuery: 't', tokenPrefix: 'a' }, /in a header/],
    ['no alternatives', { anyOf: [] }, />=1 items/],
    ['an alternative that checks nothing', { anyOf: [{}] }, /needs a way to verify/],
    ['a bad alternative', { anyOf: [{ bearer: 'a', basic: BASIC }] }, /one header/],
    ['an address that is none', { anyOf: [{ allow: ['300.1.1.1'] }] }, /IP address/],
    ['alternatives and nobody', { anyOf: [{ token: 't' }], unverified: true }, /both/],
    ['a bad default type', { token: 't', type: { default: 'a b' } }, /words of letters/],
  ])('refuse %s', (_, options, message) => {
    expect(faultOf(options)).toMatch(message)
  })

  it.each([
    ['an unknown name', '{nonce}.{body}', /\{nonce\}/],
    ['no body', '{timestamp}', /\{body\}/],
    ['an unsent id', '{id}.{body}', /\{id\}/],
  ])('refuse a template with %s', (_, template, message) => {
    const timestamp = { header: 'X-Time' }
    const hmac = { secret: 's', header: 'h', template, timestamp }
    const options = custom.definition.options.parse({ hmac })
    expect(() => custom.definition.create(options, makeContext())).toThrow(message)
  })

  it('take deliveries unverified where that is asked for', () => {
    const options = custom.definition.options.parse({ unverified: true })
    const source = custom.definition.create(options, makeContext())
    expect(source.verify(makeDelivery())).toEqual({ ok: true })
  })

  it('mask the headers and the parameters that have a token', () => {
    const { secretHeaders, secretParameters } = custom.definition
    if (typeof secretHeaders !== 'function') return expect.unreachable()
    if (typeof secretParameters !== 'function') return expect.unreachable()
    const masked = (given: unknown) => {
      const options = custom.definition.options.parse(given)
      return [...secretHeaders(options), ...secretParameters(options)]
    }
    expect(masked({ token: 't' })).toEqual(['X-Webhook-Token'])
    expect(masked({ token: 't', tokenHeader: 'X-Own' })).toEqual(['X-Own'])
    expect(masked({ bearer: 't' })).toEqual([])
    const anyOf = [{ token: 't', tokenQuery: 'k' }, { token: 't' }, { token: 't', tokenPath: 'a' }]
    expect(masked({ bearer: 't', anyOf })).toEqual(['X-Webhook-Token', 'k'])
    const answer = [
      { when: { query: 'v', secret: 's' } },
      { when: { header: 'X-V', secret: 's' } },
      { when: { query: 'w', equals: 'x' } },
    ]
    expect(masked({ bearer: 't', answer })).toEqual(['X-V', 'v'])
  })

  it('take a token in the body, of JSON and of forms', async () => {
    const options = custom.definition.options.parse({ token: ['new', 'old'], tokenPath: 'a.token' })
    const source = custom.definition.create(options, makeContext())
    const draft = { event: 'e', id: '1', body: Buffer.from('{"a":{"b":1}}'), url: '', sentAt: NOW }
    const signed = source.embedProof?.(draft).body ?? ''
    expect(JSON.parse(signed.toString())).toEqual({ a: { b: 1, token: 'new' } })
    const verdict = (body: string | Uint8Array, type = 'application/json') =>
      source.verify(makeDelivery({ headers: { 'content-type': type }, body }))
    expect(await verdict(signed)).toEqual({ ok: true })
    expect(await verdict('{"a":{"token":"old"}}')).toEqual({ ok: true })
    for (const body of ['{"a":{"token":"other"}}', '{"a":{"token":["old"]}}', '[]', '', '{"a":']) {
      expect(await verdict(body)).toMatchObject({
        ok: false,
        reason: expect.stringContaining('a.token'),
      })
    }
    const form = custom.definition.create(
      custom.definition.options.parse({ token: 'b c', tokenPath: 'token' }),
      makeContext(),
    )
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await form.verify(makeDelivery({ headers, body: 'token=b+c' }))).toEqual({ ok: true })
    expect(await form.verify(makeDelivery({ headers, body: 'token=b' }))).toMatchObject({
      ok: false,
    })
  })

  it('take what any alternative takes, beside what is needed in any case', async () => {
    const options = custom.definition.options.parse({
      bearer: 'always',
      anyOf: [{ allow: ['203.0.113.0/24'] }, { token: 'a token', allow: ['198.51.100.1'] }],
    })
    const source = custom.definition.create(options, makeContext())
    const verdict = async (client: string | null, headers: Record<string, string>) =>
      (await source.verify(makeDelivery({ client, headers }))).ok
    const bearer = { authorization: 'Bearer always' }
    const both = { ...bearer, 'x-webhook-token': 'a token' }
    expect(await verdict('203.0.113.9', bearer)).toBe(true)
    expect(await verdict('203.0.113.9', {})).toBe(false)
    expect(await verdict('198.51.100.1', both)).toBe(true)
    expect(await verdict('198.51.100.1', bearer)).toBe(false)
    expect(await verdict('198.51.100.2', both)).toBe(false)
    expect(await verdict(null, both)).toBe(false)
    const draft = { event: 'e', id: '1', body: Buffer.from('{}'), url: '', sentAt: NOW }
    expect(source.sign?.(draft)).toMatchObject(both)
  })

  it('need every way that is set', () => {
    const options = custom.definition.options.parse({
      token: 'the token',
      hmac: { secret: 's', header: 'X-Sig' },
    })
    const source = custom.definition.create(options, makeContext())
    const draft = { event: 'e', id: '1', body: Buffer.from('x'), url: '', sentAt: new Date() }
    const headers = source.sign?.(draft) ?? {}
    expect(source.verify(makeDelivery({ headers, body: 'x' }))).toEqual({ ok: true })
    for (const name of ['x-webhook-token', 'x-sig']) {
      const { [name]: _, ...without } = headers
      const verdict = source.verify(makeDelivery({ headers: without, body: 'x' }))
      expect(verdict).toMatchObject({ ok: false })
    }
  })
})
