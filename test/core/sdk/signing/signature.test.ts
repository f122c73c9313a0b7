import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { bytesEqual, tokenMatches } from '../../../../core/kit/constant-time.ts'
import { allOf } from '../../../../core/sdk/signing/combine.ts'
import { hmac } from '../../../../core/sdk/signing/hmac.ts'
import {
  type HmacScheme,
  hmacSignature,
  STANDARD_WEBHOOKS,
} from '../../../../core/sdk/signing/signature.ts'
import { checkTimestamp } from '../../../../core/sdk/signing/timestamp.ts'

const NOW = 1_700_000_000_000
const clock = () => NOW

const plain: HmacScheme = { header: 'X-Sig', algorithm: 'sha256', encoding: 'hex' }
const stripe: HmacScheme = {
  header: 'Stripe-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v1=',
  separator: ',',
  timestamp: { prefix: 't=', unit: 's', toleranceSeconds: 300 },
  template: '{timestamp}.{body}',
}

describe('published vectors', () => {
  it.each([
    {
      name: 'GitHub',
      scheme: { ...plain, prefix: 'sha256=' },
      secret: "It's a Secret to Everybody",
      body: 'Hello, World!',
      header: 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
    {
      name: 'Bitbucket',
      scheme: { ...plain, prefix: 'sha256=' },
      secret: "It's a Secret to Everybody",
      body: 'Hello World!',
      header: 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9',
    },
    {
      name: 'CircleCI',
      scheme: { ...plain, prefix: 'v1=', separator: ',' },
      secret: 'secret',
      body: 'hello world',
      header: 'v1=734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a',
    },
  ] as const)('$name', ({ scheme, secret, body, header }) => {
    const { verify } = hmacSignature(scheme, { secrets: [secret], clock })
    expect(verify(makeDelivery({ headers: { 'X-Sig': header }, body }))).toEqual({ ok: true })
    expect(verify(makeDelivery({ headers: { 'X-Sig': header }, body: `${body} ` }))).toEqual({
      ok: false,
      reason: 'signature does not match any secret',
    })
  })

  it('Standard Webhooks', () => {
    const { verify, sign } = hmacSignature(STANDARD_WEBHOOKS, {
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      clock: () => 1_614_265_330_000,
    })
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }
    const body = '{"test": 2432232314}'
    expect(verify(makeDelivery({ headers, body }))).toEqual({ ok: true })
    const draft = {
      event: 'test',
      id: headers['webhook-id'],
      body: Buffer.from(body),
      url: '',
      sentAt: new Date(1_614_265_330_000),
    }
    expect(sign(draft)).toEqual(headers)
  })
})

describe('several signatures and fields in one header', () => {
  const seconds = String(NOW / 1000)
  const mac = (secret: string) =>
    createHmac('sha256', secret).update(`${seconds}.body`).digest('hex')
  const { verify } = hmacSignature(stripe, { secrets: ['new', 'old'], clock })
  const verdict = (header: string) =>
    verify(makeDelivery({ headers: { 'Stripe-Signature': header }, body: 'body' }))

  it.each([
    ['one', `t=${seconds},v1=${mac('new')}`],
    ['of the old secret', `t=${seconds},v1=${mac('old')}`],
    ['after a wrong one', `t=${seconds},v1=${mac('other')},v1=${mac('new')}`],
    ['with blanks and other versions', `t=${seconds}, v0=zz, v1=${mac('new')}`],
    ['in upper case', `t=${seconds},v1=${mac('new').toUpperCase()}`],
  ])('accepts %s', (_, header) => expect(verdict(header)).toEqual({ ok: true }))

  it.each([
    ['no time', `v1=${mac('new')}`, 'the timestamp in header Stripe-Signature is missing'],
    [
      'no signature',
      `t=${seconds}`,
      'signature header Stripe-Signature has no part that begins with v1=',
    ],
    ['another version', `t=${seconds},v0=${mac('new')}`, /no part that begins with v1=/],
    [
      'a time that is none',
      `t=soon,v1=${mac('new')}`,
      'timestamp is not a whole number of seconds',
    ],
    ['two times', `t=1,t=${seconds},v1=${mac('new')}`, /old/],
    ['a wrong signature', `t=${seconds},v1=${mac('other')}`, 'signature does not match any secret'],
    ['half a signature', `t=${seconds},v1=${mac('new').slice(0, 32)}`, /does not match/],
  ])('refuses %s', (_, header, reason) => {
    expect(verdict(header)).toEqual({
      ok: false,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    })
  })
})

describe('timestamps', () => {
  it.each([
    ['1700000000', 's', 300, null],
    ['1699999700', 's', 300, null],
    ['1700000300', 's', 300, null],
    ['1699999588', 's', 300, 'timestamp is 412 s old, the limit is 300 s'],
    ['1700000412', 's', 300, 'timestamp is 412 s in the future, the limit is 300 s'],
    ['1700000000000', 'ms', 5, null],
    ['1699999994000', 'ms', 5, 'timestamp is 6 s old, the limit is 5 s'],
    ['1700000000', 'ms', 5, /old/],
    ['1700000000000', 's', 5, /future/],
    ['', 's', 5, /whole number of seconds/],
    ['-1', 's', 5, /whole number/],
    ['1e9', 's', 5, /whole number/],
    ['NaN', 'ms', 5, /whole number of milliseconds/],
    ['17000000001700000000', 's', 5, /whole number/],
    [' 1700000000', 's', 5, /whole number/],
  ] as const)('%j in %s, limit %d', (value, unit, toleranceSeconds, reason) => {
    const verdict = checkTimestamp({ value, unit, toleranceSeconds, now: NOW })
    if (reason === null) return expect(verdict).toEqual({ ok: true })
    if (verdict.ok) return expect.unreachable()
    if (typeof reason === 'string') expect(verdict.reason).toBe(reason)
    else expect(verdict.reason).toMatch(reason)
  })
})

describe('comparing', () => {
  it.each([
    ['token', ['token'], true],
    ['token', ['other', 'token'], true],
    ['token', ['toke'], false],
    ['token', ['token '], false],
    ['', ['token'], false],
    ['token', [], false],
  ])('finds %j in %j: %s', (given, known, matches) => {
    expect(tokenMatches(given, known)).toBe(matches)
  })

  it('takes bytes of another length for unequal', () => {
    expect(bytesEqual(Buffer.from('ab'), Buffer.from('ab'))).toBe(true)
    expect(bytesEqual(Buffer.from('ab'), Buffer.from('abc'))).toBe(false)
    expect(bytesEqual(Buffer.alloc(0), Buffer.from('a'))).toBe(false)
  })

  it.each(['hex', 'base64', 'base64url'] as const)('never throws on any text as %s', (encoding) => {
    const { matches } = hmac({ algorithm: 'sha256', encoding }, ['secret'])
    const content = [Buffer.from('body')]
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 100 })), (signatures) => {
        expect(matches(content, signatures)).toBe(false)
      }),
    )
    const good = createHmac('sha256', 'secret').update('body').digest(encoding)
    expect(matches(content, [good])).toBe(true)
    // What Buffer would skip over is not skipped over.
    expect(matches(content, [`${good}\n`, ` ${good}`, `${good}!`])).toBe(false)
  })

  it('lets nobody in where there is no way to verify', () => {
    expect(allOf([]).verify(makeDelivery())).toMatchObject({ ok: false })
  })
})

describe('a scheme that does not fit is refused at the start', () => {
  const timestamp = { header: 'X-Time', unit: 's', toleranceSeconds: 300 } as const
  it.each<[string, HmacScheme, readonly string[], RegExp]>([
    ['no secret', plain, [], /secret is needed/],
    ['an unsigned time', { ...plain, timestamp }, ['s'], /must be signed/],
    ['an unsent time', { ...plain, template: '{timestamp}{body}' }, ['s'], /\{timestamp\}/],
    ['an unsent id', { ...plain, template: '{id}{body}' }, ['s'], /\{id\}/],
    ['no body', { ...plain, template: 'text' }, ['s'], /\{body\}/],
    ['an unknown name', { ...plain, template: '{constructor}{body}' }, ['s'], /\{constructor\}/],
    ['a secret in another form', { ...plain, key: 'hex' }, ['xyz'], /key in hex/],
    ['an empty key', { ...plain, key: 'whsec' }, ['whsec_'], /whsec_/],
  ])('%s', (_, scheme, secrets, message) => {
    const create = () => hmacSignature(scheme, { secrets, clock })
    expect(create).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    expect(create).toThrow(message)
  })
})
