import { describe, expect, it } from 'vitest'
import { expectNoSecrets } from './rows.ts'
import { BODY, bySecret, byStandard, EVENT, GITHUB, hmac, OTHER, SECRET, WHSEC } from './senders.ts'
import { diagnosed, keepDeliveries, type Sent, type Service } from './setup.ts'

async function codesOf(service: Service, source: string, sent: Sent) {
  const { record, diagnosis } = await diagnosed(service, source, sent)
  expectNoSecrets(diagnosis, sent)
  const { findings, tried } = diagnosis
  return { record, tried, codes: findings.map(({ code }) => code), text: JSON.stringify(findings) }
}

const token = (options: object): Service => ({ sources: { own: ['custom', options] } })
const bearer = (value: string): Sent => ({ headers: { authorization: value }, body: '{}' })
const LISTED: Service = {
  sources: { github: ['github', { secret: SECRET, allow: ['198.51.100.7', '2001:db8::/32'] }] },
}

keepDeliveries()

describe('what no mistake explains', () => {
  it('is said so, after no more than the allowed number of trials', async () => {
    const { codes, text, tried } = await codesOf(GITHUB, 'github', await bySecret('never heard of'))
    expect(codes).toEqual(['nothing_matches'])
    expect(text).toContain('Most likely the secrets differ')
    expect(tried).toBeGreaterThan(100)
    expect(tried).toBeLessThanOrEqual(2000)
  })

  it('keeps to it with many secrets, and a body and headers full of what looks like a clue', async () => {
    const times = Array.from({ length: 500 }, (_, index) => 1_700_000_000 + index)
    const body = JSON.stringify({ times, text: 'ü/<>&'.repeat(500), body: BODY })
    const clues = Array.from({ length: 60 }, (_, index) => [
      `x-${index}-id`,
      hmac('', `${index}`).digest('hex'),
    ])
    const headers = {
      ...byStandard(WHSEC).headers,
      'webhook-signature': `v1,${hmac('', OTHER).digest('base64')}`,
      ...Object.fromEntries(clues),
    }
    const others = Array.from({ length: 40 }, (_, index) => [
      `other${index}`,
      ['github', { secret: `secret ${index}` }],
    ])
    const sources = {
      sw: ['standardwebhooks', { secret: WHSEC }],
      ...Object.fromEntries(others),
    } as Service['sources']
    const { codes, tried } = await codesOf({ sources }, 'sw', { headers, body })
    expect(codes).toEqual(['nothing_matches'])
    expect(tried).toBeLessThanOrEqual(2000)
  })

  it.each([
    ['no UTF-8', new Uint8Array([0xff, 0xfe, 0x00, 0x80])],
    ['nothing', ''],
    ['deep JSON', '['.repeat(20_000)],
    ['deeper JSON, closed', '['.repeat(5000) + ']'.repeat(5000)],
    ['blanks in the middle', `"a${' '.repeat(60_000)}b"x`],
    ['like base64', 'a'.repeat(60_000)],
    ['a form of many fields', `${'a=1&'.repeat(15_000)}=`],
    ['a lone surrogate', '{"a":"\\ud800"}'],
    ['keys of prototypes', '{"__proto__":{"a":1},"constructor":2}'],
  ])('stands a body that is %s', async (_, body) => {
    const sent = { headers: { ...EVENT, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }, body }
    expect((await codesOf(GITHUB, 'github', sent)).codes).toEqual(['nothing_matches'])
  })
})

describe('what cannot be tried', () => {
  it('is a body that was not kept', async () => {
    const { codes, text } = await codesOf(
      GITHUB,
      'github',
      await bySecret(OTHER, 'a'.repeat(70_000)),
    )
    expect(codes).toEqual(['body_not_kept'])
    expect(text).toContain('64 KiB')
  })

  it('is a token: it is only said that it was there', async () => {
    const sent = { headers: { 'x-webhook-token': OTHER }, body: '{}' }
    const { codes, text } = await codesOf(token({ token: SECRET }), 'own', sent)
    expect(codes).toEqual(['token_not_kept'])
    expect(text).toContain('in header x-webhook-token')
  })

  it('is a token in the URL', async () => {
    const service: Service = { sources: { hub: ['dockerhub', { token: SECRET }] } }
    const path = `/api/webhooks/hub?token=${encodeURIComponent(OTHER)}`
    const { codes, text } = await codesOf(service, 'hub', { headers: {}, body: '{}', path })
    expect(codes).toEqual(['token_not_kept'])
    expect(text).toContain('the query of the URL')
  })

  it('is the token beside a signature, which is tried all the same', async () => {
    const service: Service = {
      sources: { gl: ['gitlab', { token: SECRET, signingToken: WHSEC }] },
    }
    const { headers, body } = byStandard(`whsec_${btoa(WHSEC)}`)
    const sent = { headers: { ...headers, 'x-gitlab-token': SECRET }, body }
    expect((await codesOf(service, 'gl', sent)).codes).toEqual(['secret_encoded'])
    const right = byStandard(WHSEC)
    const wrongToken = { ...right, headers: { ...right.headers, 'x-gitlab-token': OTHER } }
    expect((await codesOf(service, 'gl', wrongToken)).codes).toEqual(['token_not_kept'])
  })

  it('is a token that is missing', async () => {
    const { codes, text } = await codesOf(token({ token: SECRET }), 'own', bearer('x'))
    expect(codes).toEqual(['header_missing'])
    expect(text).toContain('x-webhook-token')
  })
})

describe('a token that is almost right', () => {
  it.each([
    ['twice a Bearer', { bearer: SECRET }, `Bearer Bearer ${SECRET}`, 'once too often'],
    ['in quotes', { bearer: SECRET }, `Bearer "${SECRET}"`, 'stands in quotes'],
    ['in base64', { bearer: SECRET }, `Bearer ${btoa(SECRET)}`, 'in base64'],
    ['with a newline in the config', { bearer: `${SECRET}\n` }, `Bearer ${SECRET}`, 'line ends'],
    [
      'in quotes in the config',
      { bearer: `'${SECRET}'` },
      `Bearer ${SECRET}`,
      'secret of the config stands in quotes',
    ],
    [
      'with Bearer in the config',
      { bearer: `Bearer ${SECRET}` },
      `Bearer ${SECRET}`,
      'begins with `Bearer`',
    ],
  ])('is known: %s', async (_, options, value, says) => {
    const { codes, text, record } = await codesOf(token(options), 'own', bearer(value))
    expect(codes).toEqual(['token_malformed'])
    expect(text).toContain(says)
    expect(record.headers['authorization']).toBe('[redacted]')
    expect(record.reason).not.toContain(SECRET)
  })
})

describe('what needs no trial', () => {
  it.each([
    ['a stranger', {}, /192\.0\.2\.1, is not in the allow list/],
    [
      'one behind a proxy',
      { 'x-forwarded-for': '198.51.100.7' },
      /`trustedProxies`.*would be 198\.51\.100\.7, which is allowed/,
    ],
    [
      'one behind another hop',
      { 'x-forwarded-for': '203.0.113.9' },
      /203\.0\.113\.9, which is not allowed either/,
    ],
    [
      'one who sends nonsense',
      { 'x-forwarded-for': '<script>' },
      /would be 192\.0\.2\.1, which is not allowed/,
    ],
  ])('is an address: %s', async (_, headers, says) => {
    const { codes, text } = await codesOf(LISTED, 'github', { headers, body: BODY })
    expect(codes).toEqual(['address_not_allowed'])
    expect(text).toMatch(says)
  })

  it('is a delivery that was accepted', async () => {
    expect((await codesOf(GITHUB, 'github', await bySecret(SECRET))).codes).toEqual([
      'delivery_not_refused',
    ])
  })

  it('is one that was verified and could not be read', async () => {
    expect((await codesOf(GITHUB, 'github', await bySecret(SECRET, 'no json'))).codes).toEqual([
      'unparsable',
    ])
  })
})

const LAX = `
  import { defineSource } from 'hookline/sdk/source'
  import { z } from 'zod'
  export const lax = defineSource({
    name: 'lax',
    summary: 'Verifies, unless told not to.',
    options: z.object({ check: z.enum(['strict', 'none']).default('strict') }),
    events: {},
    create: ({ check }) => ({
      verify: () => (check === 'none' ? { ok: true } : { ok: false, reason: 'no' }),
      parse: () => [],
    }),
  })`

describe('a source that takes anything with other options', () => {
  it('is no explanation', async () => {
    const service: Service = { sources: { lax: ['lax', {}] }, plugins: { 'lax.ts': LAX } }
    expect((await codesOf(service, 'lax', { headers: {}, body: BODY })).codes).toEqual([
      'nothing_matches',
    ])
  })
})
