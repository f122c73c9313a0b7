import { CloudEvent, HTTP } from 'cloudevents'
import { cloudevents } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'

const TOKEN = 'a bearer token'
const STRUCTURED = 'application/cloudevents+json'
const BATCH = 'application/cloudevents-batch+json'

const created = new CloudEvent({
  id: 'A234-1234-1234',
  source: '/mycontext/4',
  type: 'com.example.object.created',
  subject: 'blob 7',
  time: '2018-04-05T17:31:00Z',
  datacontenttype: 'application/json',
  data: { size: 12 },
  comexampleextension: 'value',
})
const deleted = created.cloneWith({ id: 'B234', type: 'com.example.object.deleted' })

const structured = String(HTTP.structured(created).body)
const batch = JSON.stringify([created, deleted])

const adapter: SourceAdapter = {
  definition: cloudevents.definition,
  secrets: [TOKEN, 'another token'],
  options: (token) => ({ token }),
  sign: (_, secret) => ({ Authorization: `Bearer ${secret}` }),
  proofHeader: 'Authorization',
  coversBody: false,
  samples: [
    {
      event: 'com.example.object.created',
      body: structured,
      contentType: `${STRUCTURED}; charset=utf-8`,
      type: 'com.example.object.created',
      facts: {
        ce_source: '/mycontext/4',
        ce_id: 'A234-1234-1234',
        subject: 'blob 7',
        time: '2018-04-05T17:31:00.000Z',
        content_type: 'application/json',
      },
    },
    {
      event: 'com.example.object.deleted',
      body: batch,
      contentType: BATCH,
      type: 'com.example.object.deleted',
      facts: { ce_id: 'B234' },
    },
  ],
}

testSource({ describe, it }, adapter)

describe('cloudevents', () => {
  const create = (settings: { origins?: string[]; ratePerMinute?: number } = {}) =>
    cloudevents.definition.create({ token: [TOKEN], origins: [], ...settings }, makeContext())
  const source = create()

  /** A delivery as the library of CloudEvents writes it. */
  const binary = (event: CloudEvent<unknown>) => {
    const { headers, body } = HTTP.binary(event)
    const sent = body instanceof Uint8Array ? body : String(body ?? '')
    return makeDelivery({ headers: headers as Record<string, string>, body: sent })
  }
  const json = (body: string, contentType: string) =>
    makeDelivery({ headers: { 'content-type': contentType }, body })

  it('reads the binary mode as the structured one', async () => {
    const [fromBinary] = await source.parse(binary(created))
    const [fromStructured] = await source.parse(json(structured, STRUCTURED))
    expect(fromBinary).toEqual(fromStructured)
    expect(fromBinary).toMatchObject({
      id: '/mycontext/4#A234-1234-1234',
      payload: { data: { size: 12 }, comexampleextension: 'value', specversion: '1.0' },
    })
  })

  it.each([
    ['text', 'text/plain', 'some words', { data: 'some words' }],
    ['bytes', 'application/octet-stream', Uint8Array.of(0, 255, 7), { data_base64: 'AP8H' }],
    ['no data', 'text/plain', undefined, {}],
  ])('reads %s in the binary mode', async (_, datacontenttype, data, expected) => {
    const event = created.cloneWith({ datacontenttype, data })
    const [parsed] = await source.parse(binary(event as CloudEvent<unknown>))
    expect(parsed?.payload).toMatchObject({ datacontenttype, ...expected })
    if (data === undefined) expect(parsed?.payload).not.toHaveProperty('data')
  })

  it('reads percent-encoded attributes, and leaves alone what is none', async () => {
    const headers = {
      ...(HTTP.binary(created).headers as Record<string, string>),
      'ce-subject': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
      'ce-odd': '100%',
    }
    const [event] = await source.parse(makeDelivery({ headers, body: '{}' }))
    expect(event?.payload).toMatchObject({ subject: 'Euro € 😀', odd: '100%' })
  })

  it('makes each item of a batch an event', async () => {
    const events = await source.parse(json(batch, BATCH))
    expect(events.map(({ type, id }) => [type, id])).toEqual([
      ['com.example.object.created', '/mycontext/4#A234-1234-1234'],
      ['com.example.object.deleted', '/mycontext/4#B234'],
    ])
    expect(await source.parse(json('[]', BATCH))).toEqual([])
  })

  it('takes the token in the URL, but not beside a wrong header', () => {
    const at = (query: string, headers: Record<string, string> = {}) =>
      source.verify(makeDelivery({ url: `https://a.example/x?${query}`, headers }))
    expect(at('access_token=a+bearer+token')).toEqual({ ok: true })
    expect(at('access_token=a%20bearer%20token')).toEqual({ ok: true })
    expect(at('access_token=wrong')).toMatchObject({ ok: false })
    expect(at('access_token=')).toMatchObject({ ok: false })
    const wrong = { authorization: 'Bearer wrong' }
    expect(at('access_token=a+bearer+token', wrong)).toMatchObject({ ok: false })
  })

  const handshake = (settings: Parameters<typeof create>[0], origin?: string, method = 'OPTIONS') =>
    create(settings).answer?.(
      makeDelivery({
        method,
        headers: origin === undefined ? {} : { 'WebHook-Request-Origin': origin },
      }),
    )

  it.each([
    ['a named origin', { origins: ['eventgrid.azure.net'] }, 'eventgrid.azure.net', '*'],
    ['any origin', { origins: ['*'], ratePerMinute: 120 }, '*', '120'],
  ])('agrees to deliveries of %s', (_, settings, allowed, rate) => {
    expect(handshake(settings, 'eventgrid.azure.net')).toEqual({
      status: 200,
      headers: { allow: 'POST', 'webhook-allowed-origin': allowed, 'webhook-allowed-rate': rate },
    })
  })

  it('agrees to no other handshake', () => {
    const settings = { origins: ['eventgrid.azure.net'] }
    expect(handshake(settings, 'evil.example')).toMatchObject({ ok: false })
    expect(handshake({}, 'eventgrid.azure.net')).toMatchObject({ ok: false })
    expect(handshake(settings)).toBeUndefined()
    expect(handshake(settings, 'eventgrid.azure.net', 'POST')).toBeUndefined()
  })

  it('sends any body as an event', () => {
    const draft = {
      event: 'a.b',
      id: '1',
      url: '',
      sentAt: new Date(0),
      body: Buffer.from('{"a":1}'),
    }
    const body = source.embedProof?.(draft).body ?? draft.body
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/hookline/send',
      type: 'a.b',
      time: '1970-01-01T00:00:00.000Z',
      data: { a: 1 },
    })
  })

  it.each([
    ['an event without an id', '{"specversion":"1.0","source":"/","type":"a"}', STRUCTURED],
    ['an id that is no text', '{"specversion":"1.0","source":"/","type":"a","id":1}', STRUCTURED],
    ['a type that is none', '{"specversion":"1.0","source":"/","type":"ä","id":"1"}', STRUCTURED],
    ['a batch that is no list', structured, BATCH],
    ['a batch of other things', '[1]', BATCH],
  ])('cannot parse %s', (_, body, contentType) => {
    expect(() => source.parse(json(body, contentType))).toThrow(
      expect.objectContaining({ code: 'delivery_unparsable' }),
    )
  })

  it('shortens an id that is too long to keep', async () => {
    const event = { specversion: '1.0', source: `/${'x'.repeat(600)}`, type: 'a', id: '1' }
    const [parsed] = await source.parse(json(JSON.stringify(event), STRUCTURED))
    expect(parsed?.id).toMatch(/^sha256:[0-9a-f]{64}$/)
  })
})
