import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../../e2e/service.ts'
import { BIN, bareEnv, cli } from './cli-process.ts'

const TOKEN = 'token-of-the-forwarded-source'
const ENV = { HOOKLINE_TOKEN: ADMIN_TOKEN }
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { custom } from 'hookline/sources'
export default defineConfig({
  sources: {
    box: custom({ token: '${TOKEN}', type: { header: 'x-event' } }),
    other: custom({ unverified: true }),
  },
})`)
let service: Service

interface Request {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** What the target was sent, in order. */
let requests: Request[] = []
/** Its status for each request. */
let statusFor = (_request: Request) => 200
const target = createServer(async (request, response) => {
  const { url = '', method = '', headers } = request
  const received = { url, method, headers, body: await buffer(request) }
  requests.push(received)
  response.writeHead(statusFor(received)).end('taken')
})
const targetUrl = (path: string) =>
  `http://127.0.0.1:${(target.address() as AddressInfo).port}${path}`
const idsSent = () => requests.map(({ headers }) => headers['x-hookline-delivery'])

beforeAll(async () => {
  target.listen(0, '127.0.0.1')
  service = await startService({ folder })
}, 60_000)
afterAll(async () => {
  target.close()
  await service?.kill()
  remove()
})
beforeEach(() => {
  requests = []
  statusFor = () => 200
})

async function deliver(
  source: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await fetch(`${service.url}/api/webhooks/${source}?run=7`, {
    ...{ method: 'POST', body },
    headers: { 'x-webhook-token': TOKEN, 'content-type': 'application/json', ...headers },
  })
  expect(answer.status).toBe(202)
  return ((await answer.json()) as { delivery: string }).delivery
}

const forward = (...args: string[]) => cli(['forward', ...args], { cwd: folder, env: ENV })

describe('hookline forward --once', { timeout: 120_000 }, () => {
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
  const MULTIPART = { 'content-type': 'multipart/form-data; boundary=part' }
  const LATIN = { 'content-type': 'text/plain; charset=iso-8859-1' }
  const binary = Buffer.concat([
    Buffer.from('--part\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'),
    Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    Buffer.from('\r\n--part--\r\n'),
  ])
  const SENT: readonly [Uint8Array<ArrayBuffer>, Record<string, string>][] = [
    [Buffer.from('{ "name":"Köln 😀",\n "n": 12345678901234567890 }\n'), { 'x-event': 'made' }],
    [Buffer.from('\ufeff{"a":"\\u00f6"}'), { 'x-event': 'made.again' }],
    [Buffer.from('a=%C3%B6+x&b='), FORM],
    [binary, MULTIPART],
    [Buffer.from('K\xf6ln', 'latin1'), LATIN],
  ]
  const ids: string[] = []

  beforeAll(async () => {
    await deliver('other', '{}')
    for (const [body, headers] of SENT) {
      ids.push(await deliver('box', body, { 'x-signature': 'v1=abc,v2=d', ...headers }))
    }
  })

  it('sends what is stored, byte for byte, with its headers and in order', async () => {
    const more = ['--header', 'X-Extra: of mine', '--header', 'user-agent: me']
    const { code, stdout, stderr } = await forward(
      ...[targetUrl('/hook?of=me'), '--source', 'box', '--since', '1h', '--once', ...more],
    )
    expect(stderr).toBe(
      'note: the header x-webhook-token is left out: its value is a secret, and secrets of senders are not stored\n',
    )
    expect(idsSent()).toEqual(ids)
    expect(requests.map(({ body }) => body)).toEqual(SENT.map(([body]) => body))
    for (const [index, { url, method, headers }] of requests.entries()) {
      expect([url, method]).toEqual(['/hook?of=me&run=7', 'POST'])
      const [body, given] = SENT[index] ?? [Buffer.of(), {}]
      expect(headers).toMatchObject({ 'content-type': 'application/json', ...given })
      expect(headers).toMatchObject({ 'x-signature': 'v1=abc,v2=d', 'x-extra': 'of mine' })
      expect(headers).toMatchObject({ 'user-agent': 'me', accept: '*/*' })
      expect(headers['content-length']).toBe(String(body.byteLength))
      expect(headers.host).toBe(new URL(targetUrl('')).host)
      expect(headers).not.toHaveProperty('x-webhook-token')
      expect(headers).not.toHaveProperty('transfer-encoding')
    }
    const lines = stdout.split('\n')
    expect(lines[0]).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d  box\\.made  ${ids[0]}  200  \\d+ ms$`),
    )
    expect(lines.slice(ids.length)).toEqual([`${ids.length} sent, 0 failed`, ''])
    expect(code).toBe(0)
  })

  it('sends what a rule would run on, and goes on after what is not taken', async () => {
    statusFor = ({ headers }) => (headers['x-event'] === 'made' ? 500 : 204)
    const given = [targetUrl('/'), '--on', 'box.made', '--on', 'other.none']
    const { code, stdout } = await forward(...given, '--since', '1h', '--once')
    expect(idsSent()).toEqual(ids.slice(0, 2))
    expect(stdout).toMatch(/ {2}500 {2}\d+ ms\n.+ {2}204 {2}\d+ ms\n1 sent, 1 failed\n$/)
    expect(code).toBe(1)
  })

  it('says that nothing listens, and of each delivery', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    const url = `http://127.0.0.1:${port}/`
    const { code, stdout } = await forward(url, '--source', 'box', '--since', '1h', '--once')
    const refused = 'failed: connection refused: nothing listens there (ECONNREFUSED)'
    expect(stdout.split(refused).length).toBe(ids.length + 1)
    expect(code).toBe(1)
  })

  it('does not send a body that holds a secret of the config', async () => {
    const id = await deliver('other', JSON.stringify({ secret: TOKEN }))
    const { code, stdout } = await forward(
      ...[targetUrl('/'), '--source', 'other', '--since', '1h', '--once'],
    )
    expect(idsSent()).not.toContain(id)
    expect(stdout).toContain(`${id}  failed: Its body holds a secret of the config`)
    expect(code).toBe(1)
  })

  it.each([
    ['ftp://localhost/', [], 'must be an http or https address'],
    ['http://localhost/', ['--once'], '--once needs --since'],
    ['http://localhost/', ['--timeout', '10'], "not '10'"],
    ['http://localhost/', ['--header', 'none'], "not 'none'"],
    ['http://localhost/', ['--source', 'bx'], 'Did you mean `box`?'],
  ])('refuses %s %j', async (url, args, message) => {
    const { code, stderr } = await forward(url, ...args)
    expect(stderr).toContain(message)
    expect(code).toBeGreaterThan(0)
  })

  it('is for operators, and says so at once', async () => {
    const made = await cli(['token', 'create', 'looks', '--role', 'viewer', '--json'], {
      ...{ cwd: folder, env: ENV },
    })
    const { token } = JSON.parse(made.stdout) as { token: string }
    const { code, stderr } = await cli(['forward', targetUrl('/')], {
      ...{ cwd: folder, env: { HOOKLINE_TOKEN: token } },
    })
    expect(stderr).toContain('code: forbidden')
    expect(code).toBe(1)
  })
})

describe('hookline forward', { timeout: 180_000 }, () => {
  let child: ChildProcess | undefined
  afterEach(() => child?.kill('SIGKILL'))

  /** Starts the command; what it has printed so far. */
  async function follow(...args: string[]): Promise<() => string> {
    let printed = ''
    const words = [BIN, 'forward', ...args]
    const started = spawn(process.execPath, words, {
      ...{ cwd: folder, env: { ...bareEnv(), ...ENV } },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (printed += text))
    }
    return () => printed
  }

  const hasCome = (count: number) =>
    until(
      async () => requests.length,
      (length) => length >= count,
      60,
    )

  it('misses nothing and sends nothing twice, past a kill of the service', async () => {
    const ids: string[] = []
    const send = async (count: number) => {
      for (let left = count; left > 0; left--) ids.push(await deliver('other', `{"n":${left}}`))
    }
    const first = await deliver('other', '{}')
    const { receivedAt } = await service.get<{ receivedAt: string }>(`/api/deliveries/${first}`)
    ids.push(first)
    await send(20)
    const sending = send(60)
    const printed = await follow(targetUrl('/'), '--source', 'other', '--since', receivedAt)
    await hasCome(20)
    await sending
    await hasCome(40)
    await service.kill()
    await until(
      async () => printed(),
      (text) => text.includes('; waiting for it\n'),
      60,
    )
    service = await startService({ folder })
    await send(20)
    await hasCome(ids.length)
    await send(1)
    await hasCome(ids.length)
    expect(idsSent()).toEqual(ids)
  })

  it('begins with what comes, and says what a target does that does not answer', async () => {
    await deliver('other', '{}')
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const printed = await follow(`http://127.0.0.1:${port}/`, '--timeout', '1s')
    await until(
      async () => printed(),
      (text) => text.includes('Forwarding to'),
      60,
    )
    const id = await deliver('other', '{"live":true}')
    await until(
      async () => printed(),
      (text) => text.includes('no answer within 1 s'),
      60,
    )
    silent.close().closeAllConnections()
    const next = await deliver('other', '{"live":true}')
    const text = await until(
      async () => printed(),
      (all) => all.includes('refused'),
      60,
    )
    expect(text.split('\n').filter((line) => line.includes('dlv_'))).toEqual([
      expect.stringMatching(`  ${id}  failed: no answer within 1 s  `),
      expect.stringMatching(`  ${next}  failed: connection refused: `),
    ])
  })
})
