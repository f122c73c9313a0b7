import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { maxConnections } from '../../../../core/api/http/connection-limit.ts'
import { RefusedRequests } from '../../../../core/api/http/refused-requests.ts'
import { isAmbiguousTarget } from '../../../../core/api/http/request-target.ts'
import { listen } from '../../../../core/api/http/server.ts'
import { BoundedLog } from '../../../../core/kit/bounded-log.ts'
import { sendRaw } from '../../../e2e/receive/raw-http.ts'
import { openApp } from '../app.ts'

const TOKEN = 'a-token-of-this-test'

/** A real server on a free port, whose source `box` takes a token. */
async function serve({ connections = 1000, limits = {}, requestSeconds = 2 } = {}) {
  const counted: string[] = []
  const sources = { box: { use: 'custom', options: { token: TOKEN, type: { path: 'type' } } } }
  const opened = await openApp({ sources, limits })
  const log = new BoundedLog({
    warn: (fields, message) => void opened.logged.push({ level: 'warn', fields, message }),
    error: (fields, message) => void opened.logged.push({ level: 'error', fields, message }),
  })
  const refusedRequests = new RefusedRequests(log, { refused: (code) => void counted.push(code) })
  const server = await listen(opened.app, {
    host: '127.0.0.1',
    port: 0,
    requestSeconds,
    maxConnections: connections,
    refusedRequests,
    log,
    ...(opened.direct && { intercept: opened.direct }),
  })
  onTestFinished(() => server.close(0))
  return { ...opened, server, port: server.port, counted }
}

/** Sends bytes as they are; resolves to everything that comes back. */
async function send(port: number, text: string): Promise<string> {
  const answer = await sendRaw({ url: `http://127.0.0.1:${port}`, pieces: [text] })
  return answer.text
}

function request(
  target: string,
  { method = 'POST', version = '1.1', headers = '', body = '{}' } = {},
) {
  const host = version === '1.1' ? 'Host: localhost\r\n' : ''
  return (
    `${method} ${target} HTTP/${version}\r\n${host}X-Webhook-Token: ${TOKEN}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n` +
    `${headers}\r\n${body}`
  )
}

const bare = (start: string, header: string) =>
  `${start} HTTP/1.1\r\n${header}\r\nConnection: close\r\n\r\n`

const BODY = '{"type":"note"}'
const BOX = '/api/webhooks/box'

describe('a request that is refused before there is a delivery', () => {
  it.each([
    {
      what: 'an unknown source',
      text: request('/api/webhooks/none'),
      status: 404,
      code: 'source_unknown',
    },
    { what: 'an unknown path', text: request('/nothing'), status: 404, code: 'not_found' },
    {
      what: 'dot segments',
      text: request('/api/webhooks/../tasks'),
      status: 400,
      code: 'path_ambiguous',
    },
    {
      what: 'an odd Expect',
      text: request(BOX, { headers: 'Expect: magic\r\n' }),
      status: 417,
      code: 'expectation_failed',
    },
    { what: 'no HTTP', text: 'hello\r\n\r\n', status: 400, code: 'http_malformed' },
    ...[
      { what: 'no Host', text: `GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n` },
      { what: 'two Hosts', text: bare('GET /healthz', 'Host: a\r\nHost: a') },
      { what: 'a Host with a space', text: bare('GET /healthz', 'Host: a b') },
      { what: 'a Host with a path', text: bare('GET /healthz', 'Host: a/b') },
      { what: 'a Host of which no URL can be made', text: bare('GET /tasks', 'Host: a.1') },
      { what: 'no path', text: bare('OPTIONS *', 'Host: a') },
      { what: 'a port that is none', text: bare('GET http://a:99999/healthz', 'Host: a') },
    ].map((one) => ({ ...one, status: 400, code: 'http_malformed' })),
  ])('leaves a line of the log and a count: $what', async ({ text, status, code }) => {
    const { port, counted, logged } = await serve()
    const answer = await send(port, text)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toContain(`"code":"${code}"`)
    // Requests in the app go through the app's own recorder.
    const lines = JSON.stringify(logged)
    expect(lines).toContain(code)
    expect(lines).toContain('request refused')
    expect(lines).not.toContain(TOKEN)
    if (['path_ambiguous', 'expectation_failed', 'http_malformed'].includes(code)) {
      expect(counted).toEqual([code])
    }
  })
})

describe('a request that is refused for a known source', () => {
  it.each([
    {
      what: 'the method',
      text: request(BOX, { method: 'DELETE', body: BODY }),
      status: 405,
      reason: 'method_not_allowed',
    },
    {
      what: 'the encoding',
      text: request(BOX, { headers: 'Content-Encoding: gzip\r\n', body: BODY }),
      status: 415,
      reason: 'content_type_unsupported',
    },
    {
      what: 'the size',
      text: `POST ${BOX} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 999999999\r\n\r\n`,
      status: 413,
      reason: 'delivery_too_large',
    },
  ])('leaves a record without a body: $what', async ({ text, status, reason }) => {
    const { port, store } = await serve()
    const answer = await send(port, text)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    const { items } = await store.deliveries({ limit: 10 })
    expect(items).toMatchObject([{ source: 'box', outcome: 'refused' }])
    expect(items[0]?.reason).toMatch(new RegExp(`^${reason}: `))
    expect(answer.toLowerCase()).toContain(`hookline-delivery: ${items[0]?.id}`)
  })
})

describe('a server that is to stop', () => {
  it('answers what it has begun, and then keeps no connection', async () => {
    const { port, server } = await serve()
    const socket = connect(port, '127.0.0.1')
    const headers = 'Expect: 100-continue\r\n'
    const text = request(BOX, { headers, body: BODY }).replace('Connection: close\r\n', '')
    socket.write(text.slice(0, -5))
    await once(socket, 'data')
    const closed = server.close(60)
    const answered = once(socket, 'data')
    socket.write(text.slice(-5))
    const answer = String((await answered)[0])
    expect(answer).toMatch(/^HTTP\/1\.1 202 /)
    // So that the sender uses it for nothing else.
    expect(answer).toMatch(/^connection: close\r$/im)
    await closed
  })
})

describe('a sender who leaves before the whole body has come', () => {
  it.each([BOX, `${BOX}/`])('is told of once, by a record: %s', async (target) => {
    const { port, counted, logged, store } = await serve()
    const socket = connect(port, '127.0.0.1')
    socket.write(request(target).replace('Content-Length: 2', 'Content-Length: 50'))
    setTimeout(() => socket.destroy(), 50)
    await expect
      .poll(async () => (await store.deliveries({ limit: 2 })).items)
      .toMatchObject([{ outcome: 'refused', reason: expect.stringContaining('ended before') }])
    expect([counted, logged.map(({ message }) => message)]).toEqual([[], ['delivery refused']])
  })
})

describe('what some senders do', () => {
  it.each([
    { what: 'HTTP/1.0 without Host', text: request(BOX, { version: '1.0', body: BODY }) },
    { what: 'a slash at the end', text: request(`${BOX}/`, { body: BODY }) },
    { what: 'a slash at the end before a query', text: request(`${BOX}/?a=1`, { body: BODY }) },
    {
      what: 'Expect: 100-continue',
      text: request(BOX, { headers: 'Expect: 100-continue\r\n', body: BODY }),
    },
  ])('is accepted: $what', async ({ text }) => {
    const { port } = await serve()
    expect(await send(port, text)).toMatch(/HTTP\/1\.1 202 /)
  })
})

describe('isAmbiguousTarget', () => {
  it.each([
    '/api/webhooks/../tasks',
    '/api/webhooks/./box',
    '/api/webhooks/..',
    '/api/webhooks/%2e%2e/tasks',
    '/api/webhooks/%2E./tasks',
    '/api/webhooks/.%2e',
    '/api/webhooks/..;a=b/tasks',
    '/api/webhooks\\..\\tasks',
    '/api/webhooks/..%2ftasks',
    '/api/webhooks/..%5Ctasks',
    '/api/webhooks//box',
    '//api/tasks',
    '/api/webhooks/box%00',
    'http://localhost/api/webhooks/../tasks',
    '../api/tasks',
  ])('is true of %s', (target) => {
    expect(isAmbiguousTarget(target)).toBe(true)
  })

  it.each([
    '/api/webhooks/box',
    '/api/webhooks/my.box',
    '/api/webhooks/..box',
    '/api/webhooks/box?next=/../a//b',
    '/api/webhooks/box/',
    '/',
    '*',
    'http://localhost/api/webhooks/box',
    '/api/webhooks/caf%C3%A9',
  ])('is false of %s', (target) => {
    expect(isAmbiguousTarget(target)).toBe(false)
  })
})

describe('the number of connections', () => {
  it('leaves descriptors for the store and for programs', () => {
    expect(maxConnections(8, 1024)).toBe(1024 - 48 - 48)
    expect(maxConnections(8, 64)).toBe(8)
    expect(maxConnections(8, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
    expect(maxConnections(8)).toBeGreaterThan(0)
  })

  it('is kept by closing those that are idle, so that others get an answer', async () => {
    const { port, logged } = await serve({ connections: 8 })
    const idle = Array.from({ length: 50 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    onTestFinished(() => {
      for (const socket of idle) socket.destroy()
    })
    await Promise.all(
      idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
    )
    for (let round = 0; round < 5; round++) {
      expect(await send(port, request(BOX, { body: BODY }))).toMatch(/^HTTP\/1\.1 202 /)
    }
    expect(JSON.stringify(logged)).toContain('too many connections')
  })
})

describe('connections whose bodies do not come', () => {
  it('are closed after a while where all are taken', async () => {
    const { port } = await serve({ connections: 8, requestSeconds: 60 })
    const headers = 'Expect: 100-continue\r\n'
    const begun = request(BOX, { headers, body: BODY }).slice(0, -1)
    const slow = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    onTestFinished(() => {
      for (const socket of slow) socket.destroy()
    })
    for (const socket of slow) socket.write(begun)
    await Promise.all(slow.map((socket) => new Promise((resolve) => socket.once('data', resolve))))
    const answer = () => send(port, request(BOX, { body: BODY })).catch(() => '')
    expect(await answer()).toBe('')
    await expect.poll(answer, { timeout: 5000 }).toMatch(/^HTTP\/1\.1 202 /)
  })
})

describe('the number of deliveries under way', () => {
  it('does not count bodies that have not come yet, so that slow senders stop nobody', async () => {
    const { port } = await serve({ limits: { maxConcurrentRequests: 1 } })
    const slow = Array.from({ length: 5 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    onTestFinished(() => {
      for (const socket of slow) socket.destroy()
    })
    const begun = request(BOX, { body: BODY }).slice(0, -1)
    await Promise.all(slow.map((socket) => new Promise((resolve) => socket.write(begun, resolve))))
    for (let round = 0; round < 3; round++) {
      expect(await send(port, request(BOX, { body: BODY }))).toMatch(/^HTTP\/1\.1 202 /)
    }
  })
})
