import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliver, expectAlive, SECRET, startLimitedService } from './limited-service.ts'
import { sendRaw } from './raw-http.ts'

let service: Awaited<ReturnType<typeof startLimitedService>>

beforeAll(async () => {
  service = await startLimitedService()
})
afterAll(async () => {
  await service.stop()
  service.remove()
})

describe('sizes and speeds', () => {
  const head = 'POST /api/webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

  it('50 MB announced is refused before it is read', async () => {
    const answer = await sendRaw({
      url: service.url,
      pieces: [`${head}Content-Length: 52428800\r\n\r\n`],
    })
    expect(answer).toMatchObject({ status: 413, code: 'delivery_too_large' })
  })

  it('50 MB unannounced is cut off at the limit', async () => {
    const chunk = Buffer.concat([
      Buffer.from('100000\r\n'),
      Buffer.alloc(2 ** 20, ' '),
      Buffer.from('\r\n'),
    ])
    const pieces = [
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
      ...Array.from({ length: 50 }, () => chunk),
    ]
    const answer = await sendRaw({ url: service.url, pieces, pauseMs: 1 })
    expect(answer).toMatchObject({ status: 413, code: 'delivery_too_large' })
    await expectAlive(service.url)
  })

  it("a source's own limit counts", async () => {
    const headers = { 'x-webhook-token': SECRET }
    const answer = await deliver(service.url, {
      source: 'small',
      body: JSON.stringify('x'.repeat(99)),
      headers,
    })
    expect(answer.status).toBe(413)
  })

  it('a slow drip is ended', async () => {
    const drops = Array.from({ length: 40 }, () => 'x')
    const pieces = [`${head}Content-Length: 1000\r\n\r\n`, ...drops]
    const answer = await sendRaw({ url: service.url, pieces, pauseMs: 200 })
    expect(answer).toMatchObject({ status: 408, code: 'delivery_timeout' })
    await expectAlive(service.url)
  })

  it.each([
    {
      what: 'a flood of headers',
      pieces: [`${head}${'X-Flood: abcdefghij\r\n'.repeat(5000)}\r\n`],
      status: 431,
    },
    {
      what: 'one huge header',
      pieces: [`${head}X-Flood: ${'a'.repeat(100_000)}\r\n\r\n`],
      status: 431,
    },
    { what: 'no HTTP', pieces: ['\x16\x03\x01nonsense\r\n\r\n'], status: 400 },
    {
      what: 'two lengths',
      pieces: [`${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
      status: 400,
    },
  ])('$what', async ({ pieces, status }) => {
    const answer = await sendRaw({ url: service.url, pieces })
    expect(answer.status).toBe(status)
    expect(answer.text).toContain('application/problem+json')
    await expectAlive(service.url)
  })

  it('a body cut short is not accepted', async () => {
    const before = await service.get<{ deliveries: unknown[] }>(
      '/api/deliveries?outcome=accepted&limit=200',
    )
    await sendRaw({
      url: service.url,
      pieces: [`${head}Content-Length: 100\r\n\r\n{"a":`],
      end: true,
    })
    const after = await service.get<{ deliveries: unknown[] }>(
      '/api/deliveries?outcome=accepted&limit=200',
    )
    expect(after.deliveries.length).toBe(before.deliveries.length)
    await expectAlive(service.url)
  })
})
