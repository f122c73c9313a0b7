import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { RefusedRequests } from '../../../../core/api/http/refused-requests.ts'
import { listen } from '../../../../core/api/http/server.ts'
import type { Direct } from '../../../../core/api/webhooks/direct.ts'
import { BoundedLog } from '../../../../core/kit/bounded-log.ts'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import { openApp } from '../app.ts'

const TOKEN = 'a-token-of-this-test'
const BODY = '{"type":"note"}'
const BOX = '/api/webhooks/box'
const MAX_BODY = 1000
const ID = /(dlv|evt)_[0-9a-z]+/g

/** A request as it is sent. */
interface Sent {
  readonly target?: string
  readonly method?: string
  readonly version?: string
  readonly host?: string
  readonly headers?: string
  readonly body?: string
  readonly length?: string
}

function textOf({
  target = BOX,
  method = 'POST',
  version = '1.1',
  host = 'a.example',
  headers = '',
  body = BODY,
  length = `Content-Length: ${Buffer.byteLength(body)}\r\n`,
}: Sent): string {
  const token = headers.includes('X-Webhook-Token') ? '' : `X-Webhook-Token: ${TOKEN}\r\n`
  return `${method} ${target} HTTP/${version}\r\nHost: ${host}\r\n${token}${length}${headers}\r\n${body}`
}

const last = (sent: Sent = {}): string =>
  textOf({ ...sent, headers: `${sent.headers ?? ''}Connection: close\r\n` })

const chunked = 'Transfer-Encoding: chunked\r\n'

const HOSTS = [
  ...['', 'A.Example:8080', 'my_box.', '[2001:db8::1]:80', '192.0.2.1', 'a.1b', 'a:', 'a:080'],
  ...['[::ffff:127.0.0.1]:12345', '[0:0:0:0:0:0:0:1]', '127.1:65000', '%61.example'],
] as const
const WRONG_HOSTS = [
  ...['a.example\r\nHost: a.example', 'a.example\r\nhOST: b.example', '\r\nHost:'],
  ...['a b', 'a/b', 'a?b', 'a@b', 'a:99999', 'a:b', '[::1', 'a\\b', 'b\xfccher.example'],
  ...['a.1', '1.2.3.4.5', '999.999.999.999', 'a.0x1.', 'a\tb', 'a#b', 'a%2fb'],
] as const

const REQUESTS: readonly (readonly [what: string, text: string])[] = [
  ['a delivery', last()],
  ['a query', last({ target: `${BOX}?a=1&b=%2F..%2F` })],
  ['a slash at the end', last({ target: `${BOX}/` })],
  ['a slash and a query', last({ target: `${BOX}/?a=1` })],
  ['an encoded letter', last({ target: '/api/webhooks/b%6Fx' })],
  ['an encoded slash', last({ target: '/api/webhooks%2Fbox' })],
  ['broken encoding', last({ target: '/api/webhooks/b%x' })],
  ['a whole URL', last({ target: `http://a.example${BOX}` })],
  ['a fragment', last({ target: `${BOX}#a` })],
  ['a question mark alone', last({ target: `${BOX}?` })],
  ['two slashes', last({ target: '/api/webhooks//box' })],
  ['dot segments', last({ target: '/api/webhooks/../webhooks/box' })],
  ['a name with a dot', last({ target: '/api/webhooks/my.box' })],
  ['a dot alone', last({ target: '/api/webhooks/...' })],
  ['capitals', last({ target: '/API/webhooks/box' })],
  ['no such source', last({ target: '/api/webhooks/none' })],
  ['no such source, and a query', last({ target: '/api/webhooks/none?token=a%20b' })],
  ['a name of Object', last({ target: '/api/webhooks/constructor' })],
  ['no source', last({ target: '/api/webhooks/' })],
  ['one segment more', last({ target: `${BOX}/more` })],
  ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND'].map(
    (method) => [method, last({ method, body: '', length: '' })] as const,
  ),
  ['another method by a header', last({ headers: 'X-HTTP-Method-Override: DELETE\r\n' })],
  ['no body', last({ body: '' })],
  ['no body and no length', last({ body: '', length: '' })],
  ['chunks', last({ length: chunked, body: `7\r\n{"type"\r\n8\r\n:"note"}\r\n0\r\n\r\n` })],
  ['broken chunks', last({ length: chunked, body: 'x\r\n{}\r\n0\r\n\r\n' })],
  [
    'chunks that are too large',
    last({ length: chunked, body: `7d0\r\n${'a'.repeat(2000)}\r\n0\r\n\r\n` }),
  ],
  ['a body that is too large', last({ body: 'a'.repeat(2000) })],
  ['a length that is too large', last({ length: 'Content-Length: 99999999\r\n' })],
  ['a length that is none', last({ length: 'Content-Length: -1\r\n' })],
  ['two lengths', last({ headers: 'Content-Length: 3\r\n' })],
  ['a length and chunks', last({ headers: chunked })],
  ['an Expect that is met', last({ headers: 'Expect: 100-continue\r\n' })],
  [
    'an Expect that is refused',
    last({ headers: 'Expect: 100-continue\r\n', body: 'a'.repeat(2000) }),
  ],
  ['an Expect that is none', last({ headers: 'Expect: magic\r\n' })],
  ['a wrong token', last({ headers: 'X-Webhook-Token: wrong\r\n' })],
  [
    'the token twice',
    last({ headers: `X-Webhook-Token: ${TOKEN}\r\nX-Webhook-Token: ${TOKEN}\r\n` }),
  ],
  ['no JSON', last({ body: 'note' })],
  ['a compressed body', last({ headers: 'Content-Encoding: gzip\r\n' })],
  ['another content type', last({ headers: 'Content-Type: text/plain\r\n' })],
  ['HTTP/1.0', last({ version: '1.0' })],
  ...WRONG_HOSTS.map((host) => [`the Host ${host}`, last({ host })] as const),
  ...HOSTS.map((host) => [`the Host ${host}`, last({ host })] as const),
  ['HTTP/1.0 with two Hosts', last({ version: '1.0', headers: 'host: a.example\r\n' })],
  ['many headers', last({ headers: 'X-A: b\r\n'.repeat(250) })],
  ['large headers', last({ headers: `X-A: ${'b'.repeat(20_000)}\r\n` })],
  ['a trusted proxy', last({ headers: 'X-Forwarded-For: 203.0.113.7\r\n' })],
  ['a trusted proxy with nonsense', last({ headers: 'X-Forwarded-For: nobody\r\n' })],
  [
    'an address that is not allowed',
    last({ target: '/api/webhooks/strict', headers: 'X-Forwarded-For: 203.0.113.7\r\n' }),
  ],
  [
    'an address that is allowed',
    last({ target: '/api/webhooks/strict', headers: 'X-Forwarded-For: 192.0.2.7\r\n' }),
  ],
  ['an answer of the source', last({ target: '/api/webhooks/own' })],
  [
    'a refusal with an answer',
    last({ target: '/api/webhooks/own', headers: 'X-Webhook-Token: wrong\r\n' }),
  ],
  ['two requests at once', textOf({}) + last({ target: `${BOX}?second` })],
  ['two requests, the first refused', textOf({ headers: 'X-Webhook-Token: wrong\r\n' }) + last()],
  ['two requests, the first too large', textOf({ body: 'a'.repeat(2000) }) + last()],
]

async function serve() {
  const box = { use: 'custom', options: { token: TOKEN, type: { path: 'type' } } }
  const { app, direct, store, logged } = await openApp({
    sources: {
      box,
      strict: { ...box, options: { ...box.options, allow: ['192.0.2.0/24'] } },
      own: {
        ...box,
        options: {
          ...box.options,
          answers: {
            unmatched: { status: 207, body: 'nobody' },
            refused: { status: 418, body: 'no' },
          },
        },
      },
    },
    limits: { maxBodyBytes: MAX_BODY },
    trustedProxies: ['127.0.0.1'],
  })
  if (direct === null) throw new Error('it takes deliveries')
  let answered = 0
  const counted: Direct = (incoming, outgoing) => {
    const isAnswered = direct(incoming, outgoing)
    if (isAnswered) answered++
    return isAnswered
  }
  const log = new BoundedLog(SILENT_LOGGER)
  const listenWith = async (intercept?: Direct) => {
    const refused: unknown[] = []
    const refusedRequests = new RefusedRequests(log, { refused: (code) => void refused.push(code) })
    const server = await listen(app, {
      ...{
        host: '127.0.0.1',
        port: 0,
        requestSeconds: 2,
        maxConnections: 100,
        refusedRequests,
        log,
      },
      ...(intercept && { intercept }),
    })
    onTestFinished(() => server.close(0))
    const ask = async (text: string) => {
      refused.length = 0
      logged.length = 0
      const before = new Set((await store.deliveries({ limit: 200 })).items.map(({ id }) => id))
      const answer = await send(server.port, text)
      const { items } = await store.deliveries({ limit: 200 })
      const stored = items
        .filter(({ id }) => !before.has(id))
        .map(({ id: _id, receivedAt: _at, ...rest }) => rest)
      return { answers: plain(answer), stored, refused: [...refused], lines: plainLines(logged) }
    }
    return ask
  }
  return { direct: await listenWith(counted), app: await listenWith(), answered: () => answered }
}

/** What the log says, without what differs each time. */
function plainLines(logged: readonly unknown[]): string {
  return JSON.stringify(logged).replaceAll(ID, 'ID')
}

/** Sends bytes as they are, and gives all that comes until the connection is closed. */
function send(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'))
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', () => {}).on('close', () => resolve(answer))
  })
}

/** What an answer says, whatever the case and order of its headers, and without what differs each time. */
function plain(text: string): readonly string[] {
  return text
    .replaceAll(ID, 'ID')
    .split(/(?=HTTP\/1\.1 \d)/)
    .map((answer) => {
      const [head = '', ...body] = answer.split('\r\n\r\n')
      const [status, ...headers] = head.split('\r\n')
      const kept = headers
        .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
        .filter((line) => !line.startsWith('date:'))
      return [status, ...kept.toSorted(), '', ...body].join('\n')
    })
}

it('a request is answered in the same way without the app', { timeout: 60_000 }, async () => {
  const { direct, app, answered } = await serve()
  const [one, other]: unknown[][] = [[], []]
  for (const [what, text] of REQUESTS) {
    one?.push([what, await direct(text)])
    other?.push([what, await app(text)])
  }
  expect(one).toEqual(other)
  const statuses = one?.map((entry) => JSON.stringify(entry).match(/HTTP\/1\.1 (\d+)/)?.[1])
  const ofHosts = (hosts: readonly string[]) =>
    hosts.map((host) => statuses?.[REQUESTS.findIndex(([what]) => what === `the Host ${host}`)])
  expect(ofHosts(WRONG_HOSTS)).toEqual(WRONG_HOSTS.map(() => '400'))
  expect(ofHosts(HOSTS)).toEqual(HOSTS.map(() => '202'))
  expect(answered()).toBeGreaterThan(REQUESTS.length / 2)
})
