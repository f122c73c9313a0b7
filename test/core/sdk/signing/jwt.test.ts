import {
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { isSignedBy, type JwtAlgorithm } from '../../../../core/sdk/signing/jwt/algorithms.ts'
import { type JwtKeys, type JwtScheme, jwtProof } from '../../../../core/sdk/signing/jwt/jwt.ts'
import { KeySet } from '../../../../core/sdk/signing/jwt/key-set.ts'
import { readToken } from '../../../../core/sdk/signing/jwt/token.ts'

const NOW = Date.parse('2026-01-15T12:00:00Z')
const SECONDS = NOW / 1000
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const EC = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const URL_OF_KEYS = 'https://sender.example/keys'

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

function tokenOf(header: object, claims: object, signer: (text: string) => Buffer): string {
  const text = `${encoded(header)}.${encoded(claims)}`
  return `${text}.${signer(text).toString('base64url')}`
}

const byRsa = (text: string) => sign('sha256', Buffer.from(text), RSA.privateKey)
const byEc = (text: string) =>
  sign('sha256', Buffer.from(text), { key: EC.privateKey, dsaEncoding: 'ieee-p1363' })
const bySecret = (secret: string | KeyObject) => (text: string) =>
  createHmac('sha256', secret).update(text).digest()

const CLAIMS = { iss: 'sender', aud: ['us', 'others'], iat: SECONDS, exp: SECONDS + 60 }
const SCHEME: JwtScheme = {
  header: 'Authorization',
  algorithms: ['RS256', 'ES256'],
  issuer: ['sender'],
  audience: ['us'],
  toleranceSeconds: 30,
  maxAgeSeconds: 300,
}
const KEYS: JwtKeys = { keys: [RSA.publicKey, EC.publicKey] }

async function verdictOn(
  token: string,
  scheme: Partial<JwtScheme> = {},
  keys: JwtKeys = KEYS,
  body = '',
) {
  const proof = jwtProof({ ...SCHEME, ...scheme }, keys, () => NOW)
  return proof.verify(makeDelivery({ headers: { authorization: token }, body }))
}

describe('tokens of the specifications', () => {
  const hs = Buffer.from(
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    'base64url',
  )
  const es = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  }
  const ed = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  const publicKey = (jwk: object) => createPublicKey({ key: jwk as never, format: 'jwk' })
  it.each<[string, JwtAlgorithm, KeyObject, string]>([
    [
      'RFC 7515, A.1',
      'HS256',
      createSecretKey(hs),
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    ],
    [
      'RFC 7515, A.3',
      'ES256',
      publicKey(es),
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    ],
    [
      'RFC 8037, A.4 (its payload is a text)',
      'EdDSA',
      publicKey(ed),
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    ],
  ])('%s', (_, algorithm, key, token) => {
    const [head = '', claims = '', proof = ''] = token.split('.')
    const signature = Buffer.from(proof, 'base64url')
    const text = `${head}.${claims}`
    expect(isSignedBy(algorithm, key, { text, signature })).toBe(true)
    expect(isSignedBy(algorithm, key, { text: `${text}A`, signature })).toBe(false)
    // Its payload is no object, so it is no JWT.
    if (algorithm !== 'EdDSA') expect(readToken(token)?.algorithm).toBe(algorithm)
    else expect(readToken(token)).toBeNull()
  })
})

describe('a token', () => {
  it('is taken with and without Bearer, of each algorithm of the config', async () => {
    for (const token of [
      tokenOf({ alg: 'RS256' }, CLAIMS, byRsa),
      `Bearer ${tokenOf({ alg: 'ES256' }, CLAIMS, byEc)}`,
      `bearer  ${tokenOf({ alg: 'ES256' }, { ...CLAIMS, aud: 'us' }, byEc)}`,
    ]) {
      expect(await verdictOn(token)).toEqual({ ok: true })
    }
  })

  const publicPem = RSA.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const none = () => Buffer.alloc(0)
  const good = tokenOf({ alg: 'RS256' }, CLAIMS, byRsa)
  it.each([
    ['the algorithm none', tokenOf({ alg: 'none' }, CLAIMS, none)],
    ['the algorithm None', tokenOf({ alg: 'None' }, CLAIMS, none)],
    ['no algorithm', tokenOf({}, CLAIMS, byRsa)],
    ['a public key as the secret', tokenOf({ alg: 'HS256' }, CLAIMS, bySecret(publicPem))],
    ['an algorithm that is not of the config', tokenOf({ alg: 'RS512' }, CLAIMS, byRsa)],
    ['the signature of another algorithm', tokenOf({ alg: 'ES256' }, CLAIMS, byRsa)],
    ['no signature', good.split('.').slice(0, 2).join('.')],
    ['an empty signature', `${good.split('.').slice(0, 2).join('.')}.`],
    ['a further part', `${good}.e30`],
    ['an extension', tokenOf({ alg: 'RS256', crit: ['exp'] }, CLAIMS, byRsa)],
    ['an unencoded payload', tokenOf({ alg: 'RS256', b64: false }, CLAIMS, byRsa)],
    ['its own key', tokenOf({ alg: 'RS256', jwk: {}, jku: URL_OF_KEYS }, CLAIMS, bySecret('x'))],
    ['other claims', good.replace(/\.[^.]+\./, `.${encoded({ ...CLAIMS, admin: true })}.`)],
    ['no JSON', 'a.b.c'],
    ['nothing', ''],
    ['far too much', 'a'.repeat(20_000)],
  ])('is refused with %s', async (_, token) => {
    expect(await verdictOn(token)).toMatchObject({ ok: false })
  })

  it.each<[string, object, Partial<JwtScheme>, boolean]>([
    ['that has just ended', { exp: SECONDS - 29 }, {}, true],
    ['that has ended', { exp: SECONDS - 31 }, {}, false],
    ['that begins soon', { nbf: SECONDS + 29 }, {}, true],
    ['that begins later', { nbf: SECONDS + 31 }, {}, false],
    ['of the future', { iat: SECONDS + 31 }, {}, false],
    ['without an end, young', { exp: undefined, iat: SECONDS - 329 }, {}, true],
    ['without an end, old', { exp: undefined, iat: SECONDS - 331 }, {}, false],
    ['without any time', { exp: undefined, iat: undefined }, {}, false],
    ['whose time is a text', { exp: String(SECONDS + 60) }, {}, false],
    ['whose time is null', { exp: null }, {}, false],
    ['of another issuer', { iss: 'other' }, {}, false],
    ['of an issuer that is not asked for', { iss: 'other' }, { issuer: undefined }, true],
    ['for others', { aud: ['others'] }, {}, false],
    ['for nobody', { aud: undefined }, {}, false],
    ['with a claim that is wanted', { email: 'a@b.c' }, { claims: { email: 'a@b.c' } }, true],
    ['with another value of a claim', { email: 'x@b.c' }, { claims: { email: 'a@b.c' } }, false],
    ['with an inherited claim', {}, { claims: { constructor: 'a' } }, false],
  ])('%s', async (_, claims, scheme, isTaken) => {
    const token = tokenOf({ alg: 'RS256' }, { ...CLAIMS, ...claims }, byRsa)
    expect((await verdictOn(token, scheme)).ok).toBe(isTaken)
  })

  it('is bound to the body by a hash, and then needs no time', async () => {
    const body = { claim: 'sha256', algorithm: 'sha256', encoding: 'hex' } as const
    // echo -n '{}' | sha256sum
    const sha256 = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
    const token = tokenOf({ alg: 'RS256' }, { iss: 'sender', aud: 'us', sha256 }, byRsa)
    expect(await verdictOn(token, { body }, KEYS, '{}')).toEqual({ ok: true })
    expect(await verdictOn(token, { body }, KEYS, '{} ')).toMatchObject({ ok: false })
    const unbound = tokenOf({ alg: 'RS256' }, CLAIMS, byRsa)
    expect(await verdictOn(unbound, { body }, KEYS, '{}')).toMatchObject({ ok: false })
  })

  it('of a secret is not verified by a key, nor the other way round', async () => {
    const hs: JwtScheme = { ...SCHEME, algorithms: ['HS256'] }
    expect(() => jwtProof(hs, KEYS, () => NOW)).toThrow(/HS256 does not go/)
    expect(() => jwtProof(SCHEME, { secrets: ['s'] }, () => NOW)).toThrow(/RS256 does not go/)
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    expect(() => jwtProof(SCHEME, { keys: [publicKey] }, () => NOW)).toThrow(/2048/)
  })
})

describe('keys at a URL', () => {
  const jwk = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), ...more })
  const first = jwk(RSA.publicKey, { kid: 'one', alg: 'RS256', use: 'sig' })
  const token = (kid?: string) => tokenOf({ alg: 'RS256', kid }, CLAIMS, byRsa)

  function sender(answer: () => Promise<string> | string) {
    const state = { now: NOW, fetched: 0 }
    const fetchText = async (url: string) => {
      expect(url).toBe(URL_OF_KEYS)
      state.fetched++
      return answer()
    }
    const clock = () => state.now
    const proof = jwtProof(
      { ...SCHEME, toleranceSeconds: 10_000_000 },
      { keySet: new KeySet(URL_OF_KEYS, fetchText, clock) },
      clock,
    )
    const verify = async (text: string) =>
      proof.verify(makeDelivery({ headers: { authorization: text } }))
    return { state, verify }
  }

  it('are fetched once for many deliveries at once, and again after an hour', async () => {
    const { state, verify } = sender(() => JSON.stringify({ keys: [first] }))
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => verify(token('one'))))
    expect(new Set(verdicts.map(({ ok }) => ok))).toEqual(new Set([true]))
    expect(await verify(token())).toEqual({ ok: true })
    expect(state.fetched).toBe(1)
    state.now += 3_600_001
    await verify(token('one'))
    expect(state.fetched).toBe(2)
  })

  it('are looked for again for an unknown id, once a minute at most', async () => {
    let keys: readonly object[] = []
    const { state, verify } = sender(() => JSON.stringify({ keys }))
    for (let count = 0; count < 10; count++) {
      expect(await verify(token(`unknown ${count}`))).toMatchObject({ ok: false })
    }
    expect(state.fetched).toBe(1)
    keys = [first]
    state.now += 60_000
    expect(await verify(token('one'))).toEqual({ ok: true })
    expect(state.fetched).toBe(2)
  })

  it('that cannot be fetched are no verdict: the sender is to try again', async () => {
    let isDown = true
    const { state, verify } = sender(() => {
      if (isDown) throw new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') })
      return JSON.stringify({ keys: [first] })
    })
    for (let count = 0; count < 5; count++) {
      await expect(verify(token('one'))).rejects.toMatchObject({
        code: 'source_unavailable',
        message: expect.stringMatching(/sender\.example\/keys .*ECONNREFUSED/),
      })
    }
    expect(state.fetched).toBe(1)
    isDown = false
    state.now += 5000
    expect(await verify(token('one'))).toEqual({ ok: true })
    isDown = true
    state.now += 3 * 3_600_000
    expect(await verify(token('one'))).toEqual({ ok: true })
    await expect(verify(token('two'))).rejects.toMatchObject({ code: 'source_unavailable' })
    state.now += 24 * 3_600_000
    await expect(verify(token('one'))).rejects.toMatchObject({ code: 'source_unavailable' })
  })

  it.each([
    ['no JSON', 'x'],
    ['no set', '{"keys":{}}'],
  ])('are unavailable with %s', async (_, text) => {
    await expect(sender(() => text).verify(token('one'))).rejects.toMatchObject({
      code: 'source_unavailable',
    })
  })

  it.each<[string, readonly unknown[]]>([
    ['for encryption', [{ ...first, use: 'enc' }]],
    ['for another algorithm', [{ ...first, alg: 'RS512' }]],
    ['that are secrets', [{ kty: 'oct', kid: 'one', k: 'AAAA' }]],
    ['that are broken', [null, 7, { kty: 'RSA', kid: 'one' }]],
    ['of another kind', [jwk(EC.publicKey, { kid: 'one' })]],
    ['beyond the first hundred', [...Array.from({ length: 100 }, () => ({})), first]],
  ])('are not used if they are %s', async (_, keys) => {
    const { verify } = sender(() => JSON.stringify({ keys }))
    expect(await verify(token('one'))).toMatchObject({ ok: false })
  })
})
