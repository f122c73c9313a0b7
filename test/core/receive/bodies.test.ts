import { describe, expect, it } from 'vitest'
import { formFields } from '../../../core/sdk/events/form.ts'
import { makeDelivery } from '../../../core/testing/delivery.ts'
import { openApp } from '../api/app.ts'

const TOKEN = 'token-of-this-test'
const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data; boundary=x'

const custom = (options: object) => ({ use: 'custom', options: { token: TOKEN, ...options } })
const CONFIG = {
  sources: {
    custom: custom({}),
    typed: custom({ type: { path: 'type' } }),
    text: custom({ type: { path: 'text' } }),
    json: custom({ format: 'json' }),
    payload: custom({ type: { path: 'payload.event' } }),
    xml: custom({ contentTypes: ['text/xml'] }),
    alerts: { use: 'alertmanager', options: { bearer: TOKEN } },
  },
  programs: {},
  rules: [],
}

interface Sent {
  readonly to?: string
  readonly type?: string
  readonly encoding?: string
  /** Text as Latin-1: each character is a byte. */
  readonly body?: string
}

async function opened() {
  const { app, store } = await openApp(CONFIG)
  return async ({ to = 'custom', type, encoding, body = '' }: Sent) => {
    const headers = new Headers({ 'x-webhook-token': TOKEN, authorization: `Bearer ${TOKEN}` })
    if (type !== undefined) headers.set('content-type', type)
    if (encoding !== undefined) headers.set('content-encoding', encoding)
    const answer = await app.request(`/api/webhooks/${to}`, {
      method: 'POST',
      headers,
      body: Buffer.from(body, 'latin1'),
    })
    const { delivery, code } = (await answer.json()) as { delivery?: string; code?: string }
    if (delivery === undefined) return { status: answer.status, code }
    const [event] = await store.events(delivery)
    if (event === undefined) throw new Error('there is no event')
    return { status: answer.status, type: event.type, payload: JSON.parse(event.payload) }
  }
}

const utf8 = (text: string) => Buffer.from(text).toString('latin1')

describe('what senders of JSON send', () => {
  const note = { status: 202, type: 'note', payload: { type: 'note' } }
  const body = '{"type":"note"}'

  it.each<[string, Sent, object]>([
    ['text/json', { type: 'text/json', body }, note],
    ['no content type', { body }, note],
    ['text, for options that read paths', { to: 'typed', type: 'text/plain', body }, note],
    ['text, for bodies that are JSON', { to: 'json', type: 'text/plain', body }, note],
    ['anything, for bodies that are JSON', { to: 'json', type: 'image/png', body }, note],
    ['Content-Encoding: utf-8', { encoding: 'utf-8', type: 'application/json', body }, note],
    ['Content-Encoding: identity', { encoding: 'Identity', type: 'application/json', body }, note],
    ['text that is text', { type: 'text/plain', body }, { type: 'event', payload: { text: body } }],
    [
      'text that options read',
      { to: 'text', type: 'text/plain', body: 'note' },
      { type: 'note', payload: { text: 'note' } },
    ],
    [
      'text that is no JSON, for options that read paths',
      { to: 'typed', type: 'text/plain', body: '{note}' },
      { type: 'event', payload: { text: '{note}' } },
    ],
    [
      'no JSON, for bodies that are JSON',
      { to: 'json', type: 'text/plain', body: 'note' },
      { status: 400, code: 'delivery_unparsable' },
    ],
    ['a real encoding', { encoding: 'gzip', body }, { status: 415 }],
    ['two encodings', { encoding: 'identity, gzip', body }, { status: 415 }],
  ])('%s', async (_, sent, expected) => {
    const send = await opened()
    expect(await send(sent)).toMatchObject(expected)
  })

  it.each(['text/plain', 'text/json', undefined])(
    'to a source of a vendor, as %s',
    async (type) => {
      const send = await opened()
      const alert = '{"alerts":[{"status":"firing","labels":{}}]}'
      const sent = { to: 'alerts', body: alert, ...(type === undefined ? {} : { type }) }
      expect(await send(sent)).toMatchObject({ status: 202, type: 'firing' })
    },
  )

  it('an event type with a space runs the rule that names it', async () => {
    const { app } = await openApp({
      ...CONFIG,
      programs: { run: { use: 'subprocess', options: { command: ['true'] } } },
      rules: [{ on: 'typed.Order_Completed', run: 'run' }],
    })
    const answer = await app.request('/api/webhooks/typed', {
      method: 'POST',
      headers: { 'x-webhook-token': TOKEN, 'content-type': 'application/json' },
      body: '{"type":"Order Completed"}',
    })
    expect(await answer.json()).toMatchObject({ tasks: [{ program: 'run' }] })
  })

  it('an empty body is an event without a payload', async () => {
    const send = await opened()
    for (const type of [undefined, 'application/json', 'text/plain', FORM]) {
      expect(await send(type === undefined ? {} : { type })).toEqual({
        status: 202,
        type: 'event',
        payload: null,
      })
    }
  })
})

describe('forms', () => {
  it('of several parts have JSON, text and files', async () => {
    const send = await opened()
    const part = (head: string, content: string) =>
      `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`
    const body = [
      part(
        'name="payload"\r\nContent-Type: application/json',
        '{"event":"x","id":9007199254740993}',
      ),
      part('name="n"\r\nContent-Type: text/plain; charset=iso-8859-1', 'caf\xe9'),
      part('name="m"', utf8('café\r\n-xy')),
      part(`name="${utf8('"ü%22').slice(1)}"; filename="a \\"b\\".txt"`, 'hello'),
      part('name="m"', ''),
      '--x--\r\n',
    ].join('')
    expect(await send({ to: 'payload', type: MULTIPART, body: `preamble\r\n${body}` })).toEqual({
      status: 202,
      type: 'x',
      payload: {
        // As the program gets it: see the test of large ids.
        payload: { event: 'x', id: Number('9007199254740993') },
        n: 'café',
        m: ['café\r\n-xy', ''],
        'ü"': {
          filename: 'a "b".txt',
          contentType: 'text/plain',
          size: 5,
          base64: Buffer.from('hello').toString('base64'),
        },
      },
    })
  })

  it.each<[string, string]>([
    [
      'bytes that are not UTF-8',
      '--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n\xe9\r\n--x--',
    ],
    [
      'broken JSON',
      '--x\r\nContent-Disposition: form-data; name="n"\r\nContent-Type: text/json\r\n\r\n{\r\n--x--',
    ],
    ['a part without a name', '--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--'],
    ['headers without an end', '--x\r\nContent-Disposition: form-data; name="n"\r\n--x--'],
    [
      'too many parts',
      `${'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n\r\n'.repeat(10_001)}--x--`,
    ],
  ])('of several parts are refused with %s', async (_, body) => {
    const send = await opened()
    expect(await send({ type: MULTIPART, body })).toEqual({
      status: 400,
      code: 'delivery_unparsable',
    })
  })

  it.each(['+', '+a', '%', '%41'])('with one long field of %s are read in time', (piece) => {
    const body = Buffer.from(`a=${piece.repeat(1024 * 1024)}`)
    const cpu = process.threadCpuUsage()
    formFields(makeDelivery({ headers: { 'content-type': FORM }, body }))
    expect(process.threadCpuUsage(cpu).user / 1000).toBeLessThan(150)
  })

  it.each(['a&'.repeat(10_001), '&'.repeat(6_000_000)])(
    'are counted before they are split',
    async (body) => {
      const send = await opened()
      await send({ type: FORM, body: 'a=1' })
      const taken: number[] = []
      for (let round = 0; round < 5; round++) {
        const cpu = process.threadCpuUsage()
        const answer = await send({ type: FORM, body })
        taken.push(process.threadCpuUsage(cpu).user / 1000)
        expect(answer).toEqual({ status: 400, code: 'delivery_unparsable' })
      }
      expect(Math.min(...taken)).toBeLessThan(20 + body.length / 100_000)
    },
  )
})

describe('text in another charset', () => {
  it.each<[string, Sent, unknown]>([
    [
      'a form',
      { type: `${FORM}; charset=iso-8859-1`, body: 'n=caf%E9&%FC=\xe9+1%25%' },
      { n: 'café', ü: 'é 1%%' },
    ],
    [
      'a form in Shift_JIS',
      { type: `${FORM}; charset=Shift_JIS`, body: 'n=%83e%83%58' },
      { n: 'テス' },
    ],
    [
      'a form in UTF-8',
      { type: FORM, body: 'n=caf%C3%A9%zz&?b=%EF%BF%BD' },
      { n: 'café%zz', '?b': '\ufffd' },
    ],
    [
      'JSON',
      { type: 'application/json; charset="ISO-8859-1"', body: '{"n":"caf\xe9"}' },
      { n: 'café' },
    ],
    ['text', { type: 'text/plain;charset=windows-1252', body: '\x80' }, { text: '€' }],
    [
      'XML',
      { to: 'xml', type: 'text/xml; charset=iso-8859-1', body: '<n>\xe9</n>' },
      { text: '<n>é</n>' },
    ],
    [
      'XML that says so itself',
      {
        to: 'xml',
        type: 'text/xml',
        body: `<?xml version='1.0' encoding='ISO-8859-15'?><n>\xa4</n>`,
      },
      { text: `<?xml version='1.0' encoding='ISO-8859-15'?><n>€</n>` },
    ],
  ])('%s is read in it', async (_, sent, payload) => {
    const send = await opened()
    expect(await send(sent)).toMatchObject({ status: 202, payload })
  })

  it.each<[string, Sent, number, string]>([
    ['a form without its charset', { type: FORM, body: 'n=caf%E9' }, 400, 'delivery_unparsable'],
    [
      'a form in the wrong charset',
      { type: `${FORM}; charset=Shift_JIS`, body: 'n=%83' },
      400,
      'delivery_unparsable',
    ],
    [
      'XML without its charset',
      { to: 'xml', type: 'text/xml', body: '<n>\xe9</n>' },
      400,
      'delivery_unparsable',
    ],
    [
      'an unknown charset',
      { type: 'text/plain; charset=x-none', body: 'a' },
      415,
      'content_type_unsupported',
    ],
    [
      'a form in UTF-16',
      { type: `${FORM}; charset=utf-16`, body: 'a\0=\0b\0' },
      415,
      'content_type_unsupported',
    ],
  ])('%s is refused', async (_, sent, status, code) => {
    const send = await opened()
    expect(await send(sent)).toEqual({ status, code })
  })
})
