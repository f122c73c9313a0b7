import { createHmac } from 'node:crypto'
import { makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { configured, faultOf } from './configured.ts'

interface Asked {
  readonly method?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

async function answerTo(rules: readonly object[], asked: Asked) {
  const { query = {}, method = 'GET', headers = {}, body = '' } = asked
  const source = configured({ token: 'a token', answer: rules })
  const url = `http://localhost/hooks?${new URLSearchParams(query)}`
  return source.answer?.(makeDelivery({ method, url, headers, body }))
}

const plain = { 'content-type': 'text/plain; charset=utf-8' }
const json = { 'content-type': 'application/json' }

describe('a probe', () => {
  it('is answered by its method alone, and nothing else is', async () => {
    expect(await answerTo([{ method: 'HEAD' }], { method: 'HEAD' })).toEqual({ status: 200 })
    expect(await answerTo([{ method: 'HEAD' }], { method: 'GET' })).toBeUndefined()
    const fixed = [{ status: 204 }, { method: 'OPTIONS', body: '<ok/>', contentType: 'text/xml' }]
    expect(await answerTo(fixed, {})).toEqual({ status: 204 })
    expect(await answerTo(fixed, { method: 'OPTIONS' })).toEqual({
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: '<ok/>',
    })
    expect(configured({ token: 't' }).answer).toBeUndefined()
  })
})

describe('a challenge', () => {
  it('is echoed as text or in a field of JSON, from the query, a header or the body', async () => {
    const query = [{ echo: { query: 'challenge' } }]
    expect(await answerTo(query, { query: { challenge: '<b>1</b>' } })).toEqual({
      status: 200,
      headers: plain,
      body: '<b>1</b>',
    })
    expect(await answerTo(query, {})).toBeUndefined()
    const header = [{ echo: { header: 'X-Okta-Verification-Challenge' }, field: 'verification' }]
    const headers = { 'x-okta-verification-challenge': 'abc' }
    expect(await answerTo(header, { headers })).toEqual({
      status: 200,
      headers: json,
      body: '{"verification":"abc"}',
    })
    const inBody = [{ method: 'POST', echo: { path: 'challenge' }, field: 'challenge' }]
    const sent = { method: 'POST', headers: json }
    expect(await answerTo(inBody, { ...sent, body: '{"challenge":"x"}' })).toMatchObject({
      body: '{"challenge":"x"}',
    })
    for (const body of [
      '{}',
      '{"challenge":{}}',
      'no JSON',
      `{"challenge":"${'x'.repeat(1001)}"}`,
    ]) {
      expect(await answerTo(inBody, { ...sent, body })).toBeUndefined()
    }
  })

  it('is answered where a value is as it must be, and refused with a wrong secret', async () => {
    const rules = [
      {
        when: { query: 'hub.verify_token', secret: 'verify' },
        echo: { query: 'hub.challenge' },
        field: 'hub.challenge',
      },
      { when: { header: 'X-Kind', equals: 'probe' } },
    ]
    const query = { 'hub.challenge': '15f7d1a91c1f40f8a748fd134752feb3' }
    expect(
      await answerTo(rules, { query: { ...query, 'hub.verify_token': 'verify' } }),
    ).toMatchObject({
      body: '{"hub.challenge":"15f7d1a91c1f40f8a748fd134752feb3"}',
    })
    expect(
      await answerTo(rules, { query: { ...query, 'hub.verify_token': 'other' } }),
    ).toMatchObject({
      ok: false,
      reason: expect.stringContaining('hub.verify_token'),
    })
    expect(await answerTo(rules, { query })).toBeUndefined()
    expect(await answerTo(rules, { headers: { 'X-Kind': 'probe' } })).toEqual({ status: 200 })
    expect(await answerTo(rules, { headers: { 'X-Kind': 'other' } })).toBeUndefined()
  })

  const hmac = { secret: 'consumer-secret', encoding: 'base64', prefix: 'sha256=' }
  const crc = [
    { echo: { query: 'crc_token' }, hmac, field: 'response_token', echoField: 'crc_token' },
  ]

  it('is signed if it can be no delivery', async () => {
    const token = 'MDNhOGE1ZTQtYjg4Ni00NjQ2LWFjMGYtNDQ4ZGQ1OWU0YjU2'
    const mac = createHmac('sha256', hmac.secret).update(token).digest('base64')
    const answer = await answerTo(crc, { query: { crc_token: token } })
    expect(JSON.parse(Object(answer).body)).toEqual({
      response_token: `sha256=${mac}`,
      crc_token: token,
    })
    for (const crc_token of ['{"a":1}', '[]', 'a\nb', 'x'.repeat(257)]) {
      expect(await answerTo(crc, { query: { crc_token } })).toBeUndefined()
    }
  })

  it('proves no delivery: what anybody can have signed is refused', async () => {
    const source = configured({ hmac: { ...hmac, header: 'X-Sig' }, answer: crc })
    const verdict = async (body: string) => {
      const draft = { event: 'e', id: '', body: Buffer.from(body), url: '', sentAt: new Date() }
      const headers = { ...source.sign?.(draft) }
      return (await source.verify(makeDelivery({ headers, body }))).ok
    }
    expect(await verdict('{"a":1}')).toBe(true)
    for (const body of ['', 'abc', 'a=b', ' ']) expect(await verdict(body)).toBe(false)
  })
})

describe('the acknowledgement', () => {
  it('is what the options say', () => {
    const source = configured({ token: 't', acknowledge: { body: '[accepted]' } })
    expect(source.acknowledge?.(makeDelivery())).toEqual({
      status: 200,
      headers: plain,
      body: '[accepted]',
    })
    expect(configured({ token: 't' }).acknowledge).toBeUndefined()
  })

  it.each([
    [{ token: 't', acknowledge: { status: 404 } }, /<=299/],
    [{ token: 't', answer: [{ status: 100 }] }, />=200/],
    [{ token: 't', answer: [{ echo: {} }] }, /one of `header`/],
    [{ token: 't', answer: [{ echo: { header: 'a', query: 'b' } }] }, /one of `header`/],
    [{ token: 't', answer: [] }, />=1/],
  ])('and the answers cannot be %j', (options, message) => {
    expect(faultOf(options)).toMatch(message)
  })
})
