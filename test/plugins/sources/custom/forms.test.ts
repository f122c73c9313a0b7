import { gzipSync } from 'node:zlib'
import type { ParsedEvent } from 'hookline/sdk/source'
import { makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { configured, faultOf } from './configured.ts'

interface Sent {
  readonly body?: string | Uint8Array
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly url?: string
}

async function parse(
  options: object,
  { type, headers, ...sent }: Sent,
): Promise<readonly ParsedEvent[]> {
  const source = configured({ token: 'a token', ...options })
  const all = { 'content-type': type ?? 'application/json', ...headers }
  return source.parse(makeDelivery({ ...sent, headers: all }))
}

const payloadsOf = async (...args: Parameters<typeof parse>) =>
  (await parse(...args)).map(({ payload }) => payload)

const FORM = 'application/x-www-form-urlencoded'
const NDJSON = 'application/x-ndjson'
const unparsable = expect.objectContaining({ code: 'delivery_unparsable' })
const tooLarge = expect.objectContaining({ code: 'delivery_too_large' })

describe('JSON in a field', () => {
  const options = {
    jsonFields: ['data', 'more'],
    type: { path: 'data.type' },
    id: { path: 'data.id' },
  }

  it('of a form is read in its place', async () => {
    const body = `data=${encodeURIComponent('{"type":"Shop Order","id":9007199254740993}')}&n=%7B%7D`
    const [event] = await parse(options, { type: FORM, body })
    expect(event).toMatchObject({ type: 'Shop_Order', id: '9007199254740993' })
    expect(event?.payload).toMatchObject({ data: { type: 'Shop Order' }, n: '{}' })
  })

  it('of a multipart form is read in its place', async () => {
    const form = new FormData()
    form.append('data', '{"type":"a.b"}')
    form.append('thumb', new File(['x'], 'a.jpg'))
    const sent = new Response(form)
    const type = sent.headers.get('content-type') ?? ''
    const [event] = await parse(options, { type, body: new Uint8Array(await sent.arrayBuffer()) })
    expect(event).toMatchObject({ type: 'a.b', payload: { thumb: { filename: 'a.jpg' } } })
  })

  it('must be JSON', async () => {
    await expect(parse(options, { type: FORM, body: 'data=%7B' })).rejects.toEqual(unparsable)
  })

  it('may hold the token', async () => {
    const source = configured({ token: 'a token', tokenPath: 'data.token', ...options })
    const headers = { 'content-type': FORM }
    const verdict = async (body: string) =>
      (await source.verify(makeDelivery({ headers, body }))).ok
    expect(await verdict(`data=${encodeURIComponent('{"token":"a token"}')}`)).toBe(true)
    expect(await verdict(`data=${encodeURIComponent('{"token":"other"}')}`)).toBe(false)
    expect(await verdict('data=%7B')).toBe(false)
    const sample = source.sample?.('Donation') ?? ''
    const draft = {
      event: 'Donation',
      id: '1',
      body: Buffer.from(sample),
      url: '',
      sentAt: new Date(),
    }
    const signed = source.embedProof?.(draft) ?? draft
    const sent = makeDelivery({ headers: source.sign?.(signed) ?? {}, body: signed.body })
    expect(await source.verify(sent)).toEqual({ ok: true })
    expect(await source.parse(sent)).toMatchObject([{ type: 'Donation' }])
  })
})

describe('XML', () => {
  const options = { format: 'xml', type: { path: 'build.@kind' }, facts: { who: 'build.by.name' } }
  const type = 'text/xml'

  it('is read as fields', async () => {
    const body =
      '<?xml version="1.0"?><build kind="done &amp; good"><by><name>ada &#60;3</name></by><step>a</step><step n="2">b</step><empty/><![CDATA[<x>]]></build>'
    expect(await parse(options, { type, body })).toMatchObject([
      {
        type: 'done_good',
        facts: { who: 'ada <3' },
        payload: {
          build: {
            '@kind': 'done & good',
            by: { name: 'ada <3' },
            step: ['a', { '@n': '2', '#text': 'b' }],
            empty: '',
          },
        },
      },
    ])
    const latin = Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>', 'latin1')
    expect(await payloadsOf({ format: 'xml' }, { type, body: latin })).toEqual([{ a: 'é' }])
    const keys = '<a><__proto__>1</__proto__><constructor>2</constructor></a>'
    const [payload] = await payloadsOf({ format: 'xml' }, { type, body: keys })
    expect(JSON.stringify(payload)).toBe('{"a":{"__proto__":"1","constructor":"2"}}')
  })

  it.each([
    ['an entity of its own', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an entity of a file', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['no end', '<a>'],
    ['nothing in it', '  '],
    ['too many levels', `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`],
  ])('is refused with %s', async (_, body) => {
    await expect(parse(options, { type, body })).rejects.toEqual(unparsable)
  })

  it('is refused if it is large', async () => {
    const body = `<a>${'x'.repeat(1024 * 1024)}</a>`
    await expect(parse(options, { type, body })).rejects.toEqual(tooLarge)
  })
})

describe('a batch', () => {
  it('is a list, or lines of JSON', async () => {
    const options = { batch: true, id: { path: 'id' } }
    const expected = [
      { type: 'a', id: '1', payload: { type: 'a', id: 1 } },
      { type: 'b', id: '2' },
    ]
    const items = ['{"type":"a","id":1}', '{"type":"b","id":2}']
    expect(await parse(options, { body: `[${items.join()}]` })).toMatchObject(expected)
    expect(await parse(options, { type: NDJSON, body: `${items.join('\r\n')}\n\n` })).toMatchObject(
      expected,
    )
    const lines = { ...options, format: 'ndjson' }
    expect(await parse(lines, { type: 'text/plain', body: items.join('\n') })).toMatchObject(
      expected,
    )
    expect(await parse(options, { body: items[0] ?? '' })).toMatchObject([{ type: 'a', id: '1' }])
    expect(await parse(options, { body: '[]' })).toEqual([])
    await expect(parse(options, { body: '7' })).rejects.toEqual(unparsable)
    await expect(parse(options, { type: NDJSON, body: '{}\n{' })).rejects.toEqual(unparsable)
  })

  it('is at a path, and each payload is the body with its item alone', async () => {
    const options = {
      batch: 'data.events',
      type: { path: 'data.events.0.kind' },
      id: { header: 'X-Id' },
    }
    const headers = { 'X-Id': 'd1' }
    const body = '{"account":7,"data":{"events":[{"kind":"a"},{"kind":"b c"}]}}'
    expect(await parse(options, { headers, body })).toMatchObject([
      { type: 'a', id: 'd1:0', payload: { account: 7, data: { events: [{ kind: 'a' }] } } },
      { type: 'b_c', id: 'd1:1' },
    ])
    expect(
      await parse(options, { headers, body: '{"data":{"events":[{"kind":"a"}]}}' }),
    ).toMatchObject([{ type: 'a', id: 'd1' }])
    expect(await parse(options, { headers, body: '{"data":{"events":[]}}' })).toEqual([])
    expect(await parse(options, { headers, body: '{}' })).toMatchObject([{ type: 'event' }])
  })

  it('has ids by the contents of its items, and an end', async () => {
    const options = { batch: true, id: { hash: true } }
    const idsOf = async (body: string) => (await parse(options, { body })).map(({ id }) => id)
    const [first, second, third] = await idsOf('[{"a":1},{"a":2},{"a":1}]')
    expect(new Set([first, second, third]).size).toBe(3)
    expect(await idsOf('[{"a":2}]')).toEqual([second])
    const many = `[${Array.from({ length: 10_001 }, () => 1).join()}]`
    await expect(parse(options, { body: many })).rejects.toEqual(unparsable)
    const lines = '1\n'.repeat(10_001)
    await expect(parse(options, { type: NDJSON, body: lines })).rejects.toEqual(unparsable)
  })
})

describe('a compressed body', () => {
  const headers = { 'content-encoding': 'gzip' }
  const body = gzipSync('{"type":"a.b","n":"é"}')

  it('is inflated where that is asked for', async () => {
    const events = await parse({ gzip: {} }, { headers, body })
    expect(events).toMatchObject([{ type: 'a.b', payload: { n: 'é' } }])
    expect(configured({ token: 't', gzip: {} }).contentEncodings).toEqual(['gzip'])
    expect(configured({ token: 't' }).contentEncodings).toBeUndefined()
  })

  it('has a limit that counts while it is inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024))
    await expect(parse({ gzip: { maxBytes: 1000 } }, { headers, body: bomb })).rejects.toEqual(
      tooLarge,
    )
    const inflated = configured({ gzip: { maxBytes: 1000, signed: 'inflated' }, token: 't' })
    await expect(inflated.verify(makeDelivery({ headers, body: bomb }))).rejects.toEqual(tooLarge)
  })

  it.each([
    ['no gzip', Buffer.from('{}')],
    ['no end', gzipSync('{"a":1}').subarray(0, 15)],
    ['no body', Buffer.alloc(0)],
  ])('is refused with %s', async (_, broken) => {
    await expect(parse({ gzip: {} }, { headers, body: broken })).rejects.toEqual(unparsable)
  })

  it('is verified before or after compression', async () => {
    const hmac = { secret: 's', header: 'X-Sig' }
    const signer = configured({ hmac })
    const verdict = async (signed: string, over: Uint8Array) => {
      const draft = { event: 'e', id: '', body: over, url: '', sentAt: new Date() }
      const source = configured({ hmac, gzip: { signed } })
      const all = { ...headers, ...signer.sign?.(draft) }
      return (await source.verify(makeDelivery({ headers: all, body }))).ok
    }
    const plain = Buffer.from('{"type":"a.b","n":"é"}')
    expect(await verdict('compressed', body)).toBe(true)
    expect(await verdict('compressed', plain)).toBe(false)
    expect(await verdict('inflated', plain)).toBe(true)
    expect(await verdict('inflated', body)).toBe(false)
  })

  it('is not taken from a stranger', () => {
    expect(faultOf({ unverified: true, gzip: {} })).toMatch(/`unverified` and `gzip`/)
  })
})

describe('a GET', () => {
  const url = 'http://localhost/hooks?event=Order+Completed&n=1&n=2&t=a+token'

  it('has the query as its payload, without the token', async () => {
    const options = { tokenQuery: 't', id: { hash: true } }
    const [event] = await parse(options, { method: 'GET', url })
    expect(event).toMatchObject({ type: 'Order_Completed' })
    expect(event?.payload).toEqual({ event: 'Order Completed', n: ['1', '2'] })
    const [other] = await parse(options, { method: 'HEAD', url: `${url}&n=3` })
    expect(other?.id).not.toBe(event?.id)
  })
})
