import { createHmac } from 'node:crypto'
import { custom } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'

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

describe('the options of custom', () => {
  const fault = (options: unknown) =>
    custom.definition.options
      .safeParse(options)
      .error?.issues.map(({ message }) => message)
      .join()

  it.each([
    ['no way to verify', {}, /needs a way to verify/],
    ['only settings', { tokenHeader: 'X-Token' }, /needs a way to verify/],
    ['unverified: false', { unverified: false }, /expected true/],
    ['both', { unverified: true, token: 'secret' }, /cannot have both `unverified`/],
    ['two for one header', { bearer: 'a', basic: { username: 'u', password: 'p' } }, /one header/],
    ['a user with a colon', { basic: { username: 'a:b', password: 'p' } }, /colon/],
    ['a header that is none', { token: 't', tokenHeader: 'a b' }, /name of a header/],
    ['an unknown part', { hmac: { secret: 's', header: 'h', algoritm: 'md5' } }, /algoritm/],
    ['a bad default type', { token: 't', type: { default: 'a b' } }, /words of letters/],
  ])('refuse %s', (_, options, message) => {
    expect(fault(options)).toMatch(message)
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

  it('mask the token header they name', () => {
    const { secretHeaders } = custom.definition
    if (typeof secretHeaders !== 'function') return expect.unreachable()
    const parse = (options: unknown) => secretHeaders(custom.definition.options.parse(options))
    expect(parse({ token: 't', tokenHeader: 'X-Own' })).toEqual(['X-Own'])
    expect(parse({ bearer: 't' })).toEqual([])
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
