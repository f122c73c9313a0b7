import { createHash } from 'node:crypto'
import type { ParsedEvent } from 'hookline/sdk/source'
import { custom } from 'hookline/sources'
import { makeContext, makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'

const JSON_TYPE = { 'content-type': 'application/json' }

async function parse(
  delivery: { headers?: Record<string, string>; body: string | Uint8Array },
  options: Readonly<Record<string, unknown>> = {},
): Promise<ParsedEvent> {
  const parsed = custom.definition.options.parse({ token: 'a token', ...options })
  const source = custom.definition.create(parsed, makeContext())
  const [event] = await source.parse(makeDelivery({ headers: JSON_TYPE, ...delivery }))
  if (event === undefined) throw new Error('no event')
  return event
}

const typeOf = async (...args: Parameters<typeof parse>) => (await parse(...args)).type

describe('the event type', () => {
  it.each([
    ['the header', { 'X-Webhook-Event': 'a.b' }, '{"event":"other"}', 'a.b'],
    ['the field event', {}, '{"event":"data_update","type":"other"}', 'data_update'],
    ['the field type', {}, '{"type":"order.paid"}', 'order.paid'],
    ['nothing', {}, '{}', 'event'],
    ['a field with a space', {}, '{"event":"Order Completed"}', 'Order_Completed'],
    ['a field that cannot be one', {}, '{"type":"Rückfrage"}', 'event'],
    ['a field that is no text', {}, '{"event":{"a":1}}', 'event'],
    ['an array', {}, '[{"event":"x"}]', 'event'],
  ])('is found by itself in %s', async (_, headers, body, type) => {
    expect(await typeOf({ headers: { ...JSON_TYPE, ...headers }, body })).toBe(type)
  })

  it('is read from where the options say', async () => {
    const type = { header: 'X-Kind', path: 'meta.kind', default: 'unknown' }
    const body = '{"meta":{"kind":"paid"}}'
    const headers = { ...JSON_TYPE, 'X-Kind': 'refunded' }
    expect(await typeOf({ headers, body }, { type })).toBe('refunded')
    expect(await typeOf({ body }, { type })).toBe('paid')
    expect(await typeOf({ body: '{}' }, { type })).toBe('unknown')
  })

  it.each([
    [{ 'X-Webhook-Event': 'é' }, '{}', {}],
    [{ 'X-Webhook-Event': '' }, '{}', {}],
    [{ 'X-Webhook-Event': '..' }, '{}', {}],
    [{ 'X-Webhook-Event': 'x'.repeat(201) }, '{}', {}],
    [{}, '{"kind":"ä b"}', { type: { path: 'kind' } }],
    [{}, '{"kind":7}', { type: { path: 'kind' } }],
  ])('is refused where it cannot be one: %j %s', async (headers, body, options) => {
    const delivery = { headers: { ...JSON_TYPE, ...headers }, body }
    await expect(parse(delivery, options)).rejects.toMatchObject({ code: 'delivery_unparsable' })
  })
})

describe('the id', () => {
  it('comes from a header, a path or a hash; else there is none', async () => {
    const body = '{"delivery":{"id":42}}'
    const headers = { ...JSON_TYPE, 'X-Id': 'abc' }
    const idWith = async (id?: object) => (await parse({ headers, body }, id ? { id } : {})).id
    expect(await idWith()).toBeNull()
    expect(await idWith({ header: 'X-Id' })).toBe('abc')
    expect(await idWith({ header: 'X-Other' })).toBeNull()
    expect(await idWith({ path: 'delivery.id' })).toBe('42')
    expect(await idWith({ path: 'delivery' })).toBeNull()
    const hash = createHash('sha256').update(body).digest('hex')
    expect(await idWith({ hash: true })).toBe(`sha256:${hash}`)
  })
})

describe('the facts', () => {
  it('are the usable top-level values', async () => {
    const body =
      '{"size":12,"ok":true,"none":null,"deep":{"a":1},"a-b":1,"payload":1,"__proto__":1,"constructor":2}'
    expect((await parse({ body })).facts).toEqual({ size: 12, ok: true, none: null })
  })

  it('are the named paths where there are some', async () => {
    const facts = { who: 'user.name', first: 'list.0', whole: 'user', own: 'user.constructor' }
    const body = '{"user":{"name":"ada"},"list":[7]}'
    const expected = { who: 'ada', first: 7, whole: null, own: null }
    expect((await parse({ body }, { facts })).facts).toEqual(expected)
  })

  it('are limited in number', async () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`f${index}`, index]))
    expect(Object.keys((await parse({ body: JSON.stringify(many) })).facts)).toHaveLength(50)
  })
})

describe('the body', () => {
  it('may be a form, in which repeated fields are lists', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { payload } = await parse({ headers, body: 'a=1&b=x+y&a=2&__proto__=z' })
    expect(JSON.stringify(payload)).toBe('{"a":["1","2"],"b":"x y","__proto__":"z"}')
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype)
  })

  it('may be a multipart form with files', async () => {
    const form = new FormData()
    form.append('title', 'Grüße')
    form.append('tag', 'a')
    form.append('tag', 'b')
    form.append('doc', new File(['hello'], 'a.txt', { type: 'text/plain' }))
    form.append('big', new File([new Uint8Array(1024 * 1024 + 1)], 'b.bin'))
    const { payload } = await parse(await multipart(form))
    expect(payload).toMatchObject({
      title: 'Grüße',
      tag: ['a', 'b'],
      doc: { filename: 'a.txt', contentType: 'text/plain', size: 5, base64: btoa('hello') },
      big: { filename: 'b.bin', size: 1024 * 1024 + 1 },
    })
    expect(payload).not.toHaveProperty('big.base64')
  })

  it.each([
    ['no boundary', 'multipart/form-data', '--x'],
    ['no end', 'multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data'],
    ['nothing', 'multipart/form-data; boundary=x', ''],
  ])('is refused as a multipart form with %s', async (_, type, body) => {
    const delivery = { headers: { 'content-type': type }, body }
    await expect(parse(delivery)).rejects.toMatchObject({ code: 'delivery_unparsable' })
  })

  it('may be text, and JSON under other names or none', async () => {
    const read = async (type: string, body: string) => {
      const headers: Record<string, string> = type === '' ? {} : { 'content-type': type }
      return (await parse({ headers, body })).payload
    }
    expect(await read('Text/Plain; charset=utf-8', 'hi')).toEqual({ text: 'hi' })
    expect(await read('application/cloudevents+json', '{"a":1}')).toEqual({ a: 1 })
    expect(await read('', '{"a":1}')).toEqual({ a: 1 })
    await expect(read('application/xml', '<a/>')).rejects.toMatchObject({
      code: 'content_type_unsupported',
    })
  })

  it('has only the content types that the options name', async () => {
    const contentTypes = ['application/xml']
    const headers = { 'content-type': 'application/xml' }
    expect((await parse({ headers, body: '<a/>' }, { contentTypes })).payload).toEqual({
      text: '<a/>',
    })
    await expect(parse({ body: '{}' }, { contentTypes })).rejects.toMatchObject({
      code: 'content_type_unsupported',
    })
  })
})

async function multipart(form: FormData) {
  const sent = new Response(form)
  const type = sent.headers.get('content-type') ?? ''
  return { headers: { 'content-type': type }, body: new Uint8Array(await sent.arrayBuffer()) }
}
