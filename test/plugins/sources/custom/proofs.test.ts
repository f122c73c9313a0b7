import {
  createHmac,
  createSign,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto'
import fc from 'fast-check'
import { custom } from 'hookline/sources'
import { makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { configured, faultOf } from './configured.ts'

const SECRETS = ['the first of two secrets', 'the second of two secrets'] as const
const typed = { 'X-Webhook-Event': 'data_update' }
const base = {
  definition: custom.definition,
  secrets: SECRETS,
  anyFacts: true,
  takesEmptyBody: true,
  coversBody: true,
  samples: [
    { event: 'data_update', body: '{"size":12}', type: 'data_update', facts: { size: 12 } },
  ],
} satisfies Partial<SourceAdapter>

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const EC = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const ED = generateKeyPairSync('ed25519')
const pem = ({ publicKey }: { readonly publicKey: KeyObject }) =>
  publicKey.export({ type: 'spki', format: 'pem' }).toString()
const macOf = (secret: string, text: string) => createHmac('sha256', secret).update(text)

describe('with the time in the header of the signature', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (secret) => ({
        hmac: {
          secret,
          header: 'X-Sig',
          prefix: 'v1=',
          separator: ';',
          timestamp: { prefix: 'at=', unit: 'rfc3339', toleranceSeconds: 60 },
        },
      }),
      sign: ({ body, sentAt }, secret) => {
        const at = sentAt.toISOString()
        const mac = macOf(secret, `${at}.`).update(body).digest('hex')
        return { ...typed, 'X-Sig': `at=${at};v1=${mac}` }
      },
      proofHeader: 'X-Sig',
      toleranceSeconds: 60,
    },
  ))

describe('with the header Date', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (secret) => ({
        hmac: {
          secret,
          header: 'X-Sig',
          timestamp: { header: 'Date', unit: 'date' },
          template: '{timestamp}\n{body}',
        },
      }),
      sign: ({ body, sentAt }, secret) => {
        const date = sentAt.toUTCString()
        const mac = macOf(secret, `${date}\n`).update(body).digest('hex')
        return { ...typed, Date: date, 'X-Sig': mac }
      },
      proofHeader: 'X-Sig',
      neededHeaders: ['Date'],
      toleranceSeconds: 300,
    },
  ))

describe('with a JSON Web Token that has a hash of the body', () =>
  testSource(
    { describe, it },
    {
      ...base,
      options: (secret) => ({
        jwt: {
          header: 'X-Token',
          algorithms: ['HS256'],
          secret,
          issuer: 'sender',
          body: { claim: 'sha256' },
        },
      }),
      sign: ({ body, sentAt }, secret) => {
        const iat = Math.floor(sentAt.getTime() / 1000)
        const claims = { iss: 'sender', iat, exp: iat + 60, sha256: hash('sha256', body) }
        const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
          .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
          .join('.')
        return { ...typed, 'X-Token': `${text}.${macOf(secret, text).digest('base64url')}` }
      },
      proofHeader: 'X-Token',
    },
  ))

describe('a signature', () => {
  const body = '{"a":1}'
  const verdict = async (hmac: object, value: string) =>
    (
      await configured({ hmac: { secret: 's', header: 'X-Sig', ...hmac } }).verify(
        makeDelivery({ headers: { 'X-Sig': value }, body }),
      )
    ).ok
  const of = (algorithm: string) => createHmac(algorithm, 's').update(body).digest('hex')

  it('may come with its prefix or without it, where that is said', async () => {
    const hmac = { prefix: 'sha256=', prefixOptional: true }
    expect(await verdict(hmac, `sha256=${of('sha256')}`)).toBe(true)
    expect(await verdict(hmac, of('sha256'))).toBe(true)
    expect(await verdict(hmac, `sha1=${of('sha256')}`)).toBe(false)
    expect(await verdict({ prefix: 'sha256=' }, of('sha256'))).toBe(false)
  })

  it('may be of any of the algorithms, and of no other', async () => {
    const hmac = { algorithm: ['sha256', 'sha512'], prefix: '{algorithm}=' }
    expect(await verdict(hmac, `sha256=${of('sha256')}`)).toBe(true)
    expect(await verdict(hmac, `sha512=${of('sha512')}`)).toBe(true)
    expect(await verdict(hmac, `sha256=${of('sha512')}`)).toBe(false)
    expect(await verdict(hmac, `sha1=${of('sha1')}`)).toBe(false)
  })

  it('may be made with a private key', async () => {
    const keys = {
      rsa: [pem(RSA), createSign('sha256').update(body).sign(RSA.privateKey)],
      ec: [pem(EC), createSign('sha256').update(body).sign(EC.privateKey)],
      ed25519: [pem(ED), signBytes(null, Buffer.from(body), ED.privateKey)],
      'ed25519 in hex': [
        Buffer.from(String(ED.publicKey.export({ format: 'jwk' }).x), 'base64url').toString('hex'),
        signBytes(null, Buffer.from(body), ED.privateKey),
      ],
    } as const
    for (const [name, [key, signature]] of Object.entries(keys)) {
      const source = configured({ publicKey: { key: [pem(RSA), key], header: 'X-Sig' } })
      const headers = { 'X-Sig': signature.toString('base64') }
      expect(await source.verify(makeDelivery({ headers, body })), name).toEqual({ ok: true })
      const altered = await source.verify(makeDelivery({ headers, body: '{"a":2}' }))
      expect(altered, name).toMatchObject({ ok: false })
      expect(source.sign).toBeUndefined()
    }
  })

  it('is refused and never throws, whatever stands in the headers', async () => {
    const timestamp = { prefix: 't=', unit: 'date' }
    const jwt = { header: 'X-Jwt', algorithms: ['RS256'], publicKey: pem(RSA) }
    const source = configured({
      anyOf: [
        { hmac: { secret: 's', header: 'X-Sig', prefix: 'v1=', separator: ',', timestamp } },
        { publicKey: { key: pem(EC), header: 'X-Sig', timestamp: { header: 'Date' } } },
        { jwt },
        { token: 't', tokenPath: 'a.b' },
        { clientCertificate: { 'X-Verify': 'SUCCESS' } },
      ],
    })
    const piece = fc.constantFrom(
      't=',
      'v1=',
      ',',
      ';',
      '.',
      '=',
      'eyJhbGciOiJub25lIn0',
      'SUCCESS',
      '9'.repeat(400),
    )
    const value = fc.oneof(
      fc.string(),
      fc.array(piece).map((all) => all.join('')),
    )
    await fc.assert(
      fc.asyncProperty(value, value, value, fc.string(), async (sig, date, token, text) => {
        const headers = { 'X-Sig': sig, Date: date, 'X-Jwt': token, 'X-Verify': sig }
        const verdict = await source.verify(makeDelivery({ headers, body: text }))
        expect(verdict.ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a client certificate', () => {
  const source = configured({
    clientCertificate: { 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': 'CN=sender' },
  })
  const headers = { 'X-SSL-Client-Verify': 'SUCCESS', 'X-SSL-Client-S-DN': 'CN=sender' }

  it('counts where a trusted proxy tells of it', async () => {
    expect(await source.verify(makeDelivery({ headers, viaProxy: true }))).toEqual({ ok: true })
    for (const wrong of [{ 'X-SSL-Client-S-DN': 'CN=other' }, { 'X-SSL-Client-Verify': 'NONE' }]) {
      const delivery = makeDelivery({ headers: { ...headers, ...wrong }, viaProxy: true })
      expect(await source.verify(delivery)).toMatchObject({ ok: false })
    }
    expect(await source.verify(makeDelivery({ viaProxy: true }))).toMatchObject({ ok: false })
  })

  it('means nothing in the headers of anybody else', async () => {
    expect(await source.verify(makeDelivery({ headers }))).toMatchObject({ ok: false })
  })
})

describe('the options', () => {
  const jwt = { algorithms: ['HS256'] }
  const hmac = { secret: 's', header: 'h' }
  it.each([
    [
      'two places of the time',
      { hmac: { ...hmac, timestamp: { header: 'a', prefix: 'b' } } },
      /either/,
    ],
    ['no place of the time', { hmac: { ...hmac, timestamp: { unit: 'ms' } } }, /either/],
    ['no key of tokens', { jwt }, /one of `secret`/],
    ['two keys of tokens', { jwt: { ...jwt, secret: 's', publicKey: 'p' } }, /one of `secret`/],
    ['no algorithm', { jwt: { secret: 's', algorithms: [] } }, />=1/],
    ['the algorithm none', { jwt: { secret: 's', algorithms: ['none'] } }, /Invalid option/],
    ['keys without TLS', { jwt: { ...jwt, jwksUrl: 'http://example.com/k' } }, /Invalid URL/],
    [
      'keys that sign for anybody',
      { jwt: { ...jwt, jwksUrl: 'https://a.example/k' } },
      /`audience`/,
    ],
    ['a certificate of nobody', { clientCertificate: {} }, /must name a header/],
    ['an alternative of nothing', { anyOf: [{ tokenHeader: 'X-A' }] }, /needs a way to verify/],
    ['an empty certificate', { clientCertificate: { 'X-A': '' } }, /Too small/],
  ])('refuse %s', (_, options, message) => {
    expect(faultOf(options)).toMatch(message)
  })

  it.each([
    ['a public key for HS256', { ...jwt, publicKey: pem(RSA) }, /HS256 does not go/],
    ['a secret for RS256', { algorithms: ['RS256'], secret: 's' }, /RS256 does not go/],
    ['a key of another curve', { algorithms: ['ES384'], publicKey: pem(EC) }, /fits none/],
    ['a key that is none', { algorithms: ['ES256'], publicKey: '-----BEGIN' }, /not a valid PEM/],
  ])('refuse at the start %s', (_, options, message) => {
    expect(() => configured({ jwt: options })).toThrow(message)
  })
})
