import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { makeRun } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { retryAfterSeconds } from '../../../../plugins/executors/http/retry-after.ts'
import { type Answer, createHttp, createLocalHttp, NOW, startCounterpart } from './counterpart.ts'

type Options = Readonly<Record<string, unknown>>

async function receive(answer: Answer, options: Options = {}) {
  await using server = await startCounterpart(answer)
  const executor = createLocalHttp({ url: `${server.origin}/hidden/path?token=hidden`, ...options })
  const made = makeRun()
  const outcome = await executor.run(made.run)
  await executor.close?.()
  return { outcome, output: made.output().stdout, origin: server.origin }
}

const answering =
  (
    status: number,
    headers: Readonly<Record<string, string>> = {},
    body: string | Buffer = '',
  ): Answer =>
  (_seen, response) => {
    response.writeHead(status, { date: 'now', ...headers }).end(body)
  }

describe('statuses', () => {
  it.each<[number, 'succeeded' | boolean, Options?]>([
    [200, 'succeeded'],
    [202, 'succeeded'],
    [204, 'succeeded'],
    [304, false],
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [410, false],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
    [599, true],
    [404, 'succeeded', { successStatuses: ['2xx', 404] }],
    [201, false, { successStatuses: [200] }],
    [404, true, { retryStatuses: ['4xx'] }],
    [500, false, { retryStatuses: [] }],
    [503, 'succeeded', { successStatuses: [503] }],
  ])('%i: %s', async (status, expected, options) => {
    const { outcome, origin } = await receive(answering(status), options)
    if (expected === 'succeeded') expect(outcome.status).toBe('succeeded')
    else {
      const reason = `POST ${origin} answered ${status}`
      expect(outcome).toMatchObject({ status: 'failed', retryable: expected, reason })
    }
    expect(outcome.result).toMatchObject({ status, body: null, truncated: false })
    expect(outcome.exitCode).toBeUndefined()
    expect(JSON.stringify(outcome)).not.toContain('hidden')
  })
})

describe('Retry-After', () => {
  it.each<[string | undefined, number | undefined]>([
    ['120', 120],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:01:30 GMT', 90],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['2026-01-01', undefined],
    ['Thu, 99 Jan 2026 00:01:30 GMT', undefined],
    ['99999999999999999999', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %s', (header, expected) => {
    expect(retryAfterSeconds(header, NOW)).toBe(expected)
  })

  it.each<[number, number | undefined]>([
    [429, 90],
    [503, 90],
    [400, undefined],
  ])('counts with %i: %s', async (status, expected) => {
    const header = { 'retry-after': 'Thu, 01 Jan 2026 00:01:30 GMT' }
    const { outcome } = await receive(answering(status, header))
    expect(outcome).toHaveProperty('status', 'failed')
    expect('retryAfterSeconds' in outcome ? outcome.retryAfterSeconds : undefined).toBe(expected)
  })
})

describe('the body', () => {
  it.each<[string, string, string | Buffer, unknown]>([
    ['JSON', 'application/json; charset=utf-8', '{"a":[1]}', { a: [1] }],
    ['JSON of another name', 'application/problem+json', '{"a":1}', { a: 1 }],
    ['JSON that is none', 'application/json', '{"a":', '{"a":'],
    ['text', 'text/plain', 'ünï', 'ünï'],
    ['JSON called text', 'text/plain', '{"a":1}', '{"a":1}'],
    [
      'bytes that are no text',
      'application/octet-stream',
      Buffer.from('fffe41', 'hex'),
      '\uFFFD\uFFFDA',
    ],
  ])('is kept as %s', async (_what, type, body, expected) => {
    const { outcome, output } = await receive(answering(200, { 'content-type': type }, body))
    expect(outcome.result).toEqual({
      status: 200,
      headers: { 'content-type': type, date: 'now' },
      body: expected,
      truncated: false,
    })
    expect(output).toEqual(Buffer.from(body))
  })

  it('is not decoded where it is compressed', async () => {
    const body = gzipSync('packed')
    const { outcome, output } = await receive(answering(200, { 'content-encoding': 'gzip' }, body))
    expect(outcome).toMatchObject({ status: 'succeeded', result: { body: null } })
    expect(output).toEqual(body)
  })

  it.each<[number, number, boolean]>([
    [10, 10, false],
    [10, 11, true],
    [0, 1, true],
    [0, 0, false],
    [65536, 1_000_000, true],
  ])('of a limit of %i, sent %i bytes', async (limit, sent, truncated) => {
    const options = { responseLimitBytes: limit }
    const { outcome, output } = await receive(answering(200, {}, 'x'.repeat(sent)), options)
    expect(outcome).toMatchObject({ status: 'succeeded', result: { truncated } })
    expect(output.byteLength).toBe(Math.min(limit, sent))
  })

  it('that has no end is left at the limit', async () => {
    let open = false
    const { outcome, output } = await receive((_seen, response) => {
      open = true
      const timer = setInterval(() => response.write('x'.repeat(20_000)), 1)
      response.on('close', () => {
        open = false
        clearInterval(timer)
      })
    })
    expect(outcome).toMatchObject({ status: 'succeeded', result: { truncated: true } })
    expect(output.byteLength).toBe(64 * 1024)
    for (let count = 0; open && count < 100; count++) await sleep(10)
    expect(open).toBe(false)
  })
})

describe('no response', () => {
  it.each<[string, (socket: import('node:net').Socket) => void, RegExp]>([
    ['closed at once', (socket) => socket.destroy(), /UND_ERR_SOCKET|ECONNRESET/],
    ['nonsense', (socket) => socket.end('nonsense\r\n\r\n'), /HPE_|HTTPParserError/],
    [
      'cut in the body',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
      /UND_ERR/,
    ],
    [
      'headers without end',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`),
      /UND_ERR|HPE_/,
    ],
  ])('%s is tried again', async (_what, answer, reason) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => answer(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const executor = createLocalHttp({ url: `http://127.0.0.1:${port}/?token=hidden` })
    const outcome = await executor.run(makeRun().run)
    await executor.close?.()
    server.close()
    expect(outcome).toMatchObject({ status: 'failed', retryable: true })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(reason))
    expect(JSON.stringify(outcome)).not.toContain('hidden')
  })

  it('a port where nothing listens is tried again', async () => {
    const server = await startCounterpart()
    const { port } = server
    await server[Symbol.asyncDispose]()
    const executor = createLocalHttp({ url: `http://127.0.0.1:${port}/` })
    const outcome = await executor.run(makeRun().run)
    await executor.close?.()
    expect(outcome).toMatchObject({ status: 'failed', retryable: true })
    expect(outcome).toHaveProperty('reason', expect.stringContaining('ECONNREFUSED'))
  })

  it('a server without a valid certificate is not trusted', async () => {
    await using server = await startCounterpart()
    const url = `https://127.0.0.1:${server.port}/`
    const executor = createHttp({ url, allowPrivate: true })
    const outcome = await executor.run(makeRun().run)
    await executor.close?.()
    expect(outcome).toMatchObject({ status: 'failed', retryable: true })
    expect(server.seen).toEqual([])
  })

  it.each(['timeout', 'cancelled'] as const)(
    '%s ends the wait and the connection',
    async (reason) => {
      const closed = Promise.withResolvers<void>()
      const made = makeRun()
      const started: Answer = (_seen, response) => {
        response.on('close', closed.resolve)
        made.abort(reason)
      }
      await using server = await startCounterpart(started)
      const executor = createLocalHttp({ url: server.origin })
      const outcome = await executor.run(made.run)
      expect(outcome).toMatchObject({ status: 'failed', reason: `stopped: ${reason}` })
      await closed.promise
      await executor.close?.()
    },
  )
})

it('50 requests at once are kept apart', async () => {
  await using server = await startCounterpart(({ body }, response) => response.end(body))
  const executor = createLocalHttp({ url: server.origin })
  const runs = Array.from({ length: 50 }, (_, index) => makeRun({ stdin: `run ${index}` }))
  await Promise.all(runs.map(({ run }) => executor.run(run)))
  await executor.close?.()
  expect(runs.map((made) => made.output().stdout.toString())).toEqual(
    runs.map((_, index) => `run ${index}`),
  )
})
