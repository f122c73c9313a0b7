import { describe, expect, it } from 'vitest'
import { call, makeToken } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const TOKEN = 'a-token-of-these-tests'
const CONFIG = {
  sources: { hook: { use: 'custom', options: { token: TOKEN, id: { path: 'id' } } } },
  programs: { say: { use: 'subprocess', options: { command: ['/bin/echo'] } } },
  rules: [
    { name: 'large', on: 'hook', when: 'payload.size > 10', run: 'say' },
    { name: 'all', on: 'hook', run: 'say' },
  ],
}
const HTML = '<script>alert(1)</script>'

async function open() {
  const opened = await openApp(CONFIG)
  /** Delivers a body, and gives the id of the delivery. */
  const deliver = async (
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const answer = await opened.app.request('/api/webhooks/hook', {
      method: 'POST',
      body,
      headers: { 'x-webhook-token': TOKEN, 'content-type': 'application/json', ...headers },
    })
    return answer.headers.get('hookline-delivery') ?? ((await answer.json()) as Accepted).delivery
  }
  const get = (path: string, token = ADMIN_TOKEN) =>
    call(opened, `GET /api/deliveries/${path}`, { token })
  return { ...opened, deliver, get }
}

interface Accepted {
  readonly delivery: string
}

const WRONG = { 'x-webhook-token': 'wrong' }

describe('the body of a delivery', () => {
  it('is what was sent, as a download that no browser renders', async () => {
    const { deliver, get } = await open()
    const sent = `{ "id":1,  "text": "${HTML}" , "large": 12345678901234567890 }\n`
    const answer = await get(`${await deliver(sent)}/body`)
    expect([answer.status, await answer.text()]).toEqual([200, sent])
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="dlv_\w+\.json"$/,
    )
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    const refused = await deliver(HTML, { ...WRONG, 'content-type': 'text/html' })
    const page = await get(`${refused}/body`)
    expect(page.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await page.text()).toBe(HTML)
  })

  it('is for operators, as are payloads and test cases', async () => {
    const opened = await open()
    const id = await opened.deliver('{"id":"1"}')
    const [viewer, operator] = await Promise.all([
      makeToken(opened, 'looks', { role: 'viewer' }),
      makeToken(opened, 'works', { role: 'operator' }),
    ])
    for (const part of ['body', 'payload', 'test-case']) {
      expect((await opened.get(`${id}/${part}`, viewer)).status).toBe(403)
      expect((await opened.get(`${id}/${part}`, operator)).status).toBe(200)
    }
  })

  it('holds no secret of the config, wherever it stands', async () => {
    const { deliver, get } = await open()
    const hex = Buffer.from(TOKEN).toString('hex')
    for (const before of [0, 262_130, 262_140, 262_144, 600_000]) {
      const sent = JSON.stringify({ text: `${'z'.repeat(before)}${TOKEN} ${hex}` })
      const body = await (await get(`${await deliver(sent)}/body`)).text()
      expect(body.replace(/z+/, '')).toBe('{"text":"[redacted] [redacted]"}')
    }
  })

  it('is cut at a limit, and never within a secret or a character', async () => {
    const { deliver, get } = await open()
    const id = await deliver(JSON.stringify({ text: `ab😀${TOKEN}` }))
    for (let limit = 1; limit < 40; limit++) {
      const body = await (await get(`${id}/body?limit=${limit}`)).text()
      expect(body.length).toBe(Math.min(limit, 25))
      expect(body.isWellFormed()).toBe(true)
      expect('{"text":"ab😀[redacted]"}').toContain(body.replace('\ufffd', ''))
    }
    expect((await get(`${id}/body?limit=0`)).status).toBe(400)
  })

  it('is bytes if it is no text, and UTF-8 if it is text in another charset', async () => {
    const { deliver, get } = await open()
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0x80]), Buffer.from(TOKEN)])
    const binary = await get(`${await deliver(bytes, WRONG)}/body`)
    expect(binary.headers.get('content-type')).toBe('application/octet-stream')
    expect(Buffer.from(await binary.arrayBuffer()).toString('latin1')).toBe(
      '\xff\xfe\x00\x80[redacted]',
    )
    const type = { 'content-type': 'text/plain; charset=iso-8859-1' }
    const latin = await deliver(Buffer.from('K\xf6ln', 'latin1'), { ...WRONG, ...type })
    expect(await (await get(`${latin}/body`)).text()).toBe('Köln')
  })
})

describe('the exact body of a delivery', () => {
  it('is every byte, in whichever charset', async () => {
    const { deliver, get } = await open()
    const type = { 'content-type': 'text/plain; charset=iso-8859-1' }
    for (const [sent, headers] of [
      [Buffer.from('K\xf6ln', 'latin1'), type],
      [Buffer.from('\ufeff{"id":"ö"}'), {}],
      [Buffer.from([0xff, 0xfe, 0x00, 0x80]), {}],
    ] as const) {
      const answer = await get(`${await deliver(sent, { ...WRONG, ...headers })}/body?exact=true`)
      expect(answer.headers.get('content-type')).toBe('application/octet-stream')
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(sent)
    }
  })

  it('is refused where it holds a secret of the config', async () => {
    const { deliver, get } = await open()
    const binary = Buffer.concat([Buffer.from([0xff]), Buffer.from(TOKEN)])
    const bodies = [`{"id":"${TOKEN}"}`, Buffer.from(TOKEN).toString('base64'), binary]
    const ids = await Promise.all(bodies.map((body) => deliver(body, WRONG)))
    for (const id of ids) {
      const answer = await get(`${id}/body?exact=true`)
      const text = await answer.text()
      expect([answer.status, JSON.parse(text).code]).toEqual([409, 'delivery_incomplete'])
      expect(text).not.toContain(TOKEN)
    }
  })
})

describe('the payload of an event', () => {
  it('is the JSON of that event', async () => {
    const { deliver, get, store } = await open()
    const id = await deliver('{"id":"a","n":12345678901234567890}')
    const [event] = await store.events(id)
    expect(await (await get(`${id}/payload`)).text()).toBe('{"id":"a","n":12345678901234567890}')
    const same = await get(`${id}/payload?event=${event?.id}`)
    expect(same.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect((await get(`${id}/payload?event=evt_none`)).status).toBe(404)
    const refused = await deliver('{}', WRONG)
    expect((await get(`${refused}/payload`)).status).toBe(404)
  })
})

describe('a test case', () => {
  it('has the delivery and what became of it', async () => {
    const { deliver, get } = await open()
    const id = await deliver(`{"id":"a","event":"sold","size":12,"by":"${TOKEN}"}`)
    expect(await (await get(`${id}/test-case`)).json()).toMatchObject({
      delivery: {
        ...{ source: 'hook', method: 'POST', path: '/api/webhooks/hook' },
        headers: { 'x-webhook-token': '[redacted]', 'content-type': 'application/json' },
        body: '{"id":"a","event":"sold","size":12,"by":"[redacted]"}',
      },
      expect: {
        ...{ outcome: 'accepted', reason: null },
        events: [{ senderId: 'a', rules: { large: true, all: true } }],
      },
    })
    const small = await deliver('{"id":"b","size":1}')
    const { expect: expected } = (await (await get(`${small}/test-case`)).json()) as Case
    expect(expected.events[0]?.rules).toEqual({ large: false, all: true })
  })

  it('of a refused delivery has its reason, and bytes as base64', async () => {
    const { deliver, get } = await open()
    const id = await deliver(Buffer.from([0xff, 0x00]), WRONG)
    expect(await (await get(`${id}/test-case`)).json()).toMatchObject({
      delivery: { bodyBase64: '/wA=' },
      expect: { outcome: 'refused', reason: expect.stringContaining('token'), events: [] },
    })
  })

  it('is not made of a delivery that is not stored whole', async () => {
    const { deliver, get, store } = await open()
    const first = await deliver('{"id":"same"}')
    await deliver('{"id":"same"}')
    const { items } = await store.deliveries({ outcome: 'duplicate', limit: 1 })
    const answer = await get(`${items[0]?.id}/test-case`)
    expect(await answer.json()).toMatchObject({
      ...{ status: 409, code: 'delivery_incomplete' },
      detail: expect.stringContaining(first),
    })
    const large = await deliver('x'.repeat(100_000), WRONG)
    expect((await get(`${large}/test-case`)).status).toBe(409)
  })
})

interface Case {
  readonly expect: { readonly events: readonly { readonly rules: object }[] }
}
