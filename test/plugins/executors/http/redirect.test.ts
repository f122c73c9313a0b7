import type { ServerResponse } from 'node:http'
import { makeRun } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { createLocalHttp, type Seen, startCounterpart } from './counterpart.ts'

const CREDENTIALS = {
  headers: { 'X-Key': '{secret.key}', 'Content-Type': 'application/x-test' },
  bearer: 'bearer-token',
  sign: { secret: 'signing-secret' },
  secrets: { key: 'the-key' },
}

/** Redirects all but `/end`. */
function redirecting(status: number, location: string) {
  return ({ url }: Seen, response: ServerResponse) => {
    if (url === '/end') response.end('reached')
    else response.writeHead(status, { location }).end('moved')
  }
}

async function run(options: Readonly<Record<string, unknown>>) {
  const executor = createLocalHttp(options)
  const outcome = await executor.run(makeRun({ stdin: 'the event' }).run)
  await executor.close?.()
  return outcome
}

describe('redirects', () => {
  it('are not followed unless it is said', async () => {
    await using server = await startCounterpart(redirecting(302, '/end?token=hidden'))
    const outcome = await run({ url: `${server.origin}/start?token=hidden` })
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: `POST ${server.origin} answered 302`,
      retryable: false,
      result: { status: 302, headers: { location: '/end' } },
    })
    expect(server.seen).toHaveLength(1)
  })

  it.each<[number, string, string, string]>([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [307, 'POST', 'POST', 'the event'],
    [308, 'POST', 'POST', 'the event'],
    [301, 'PUT', 'PUT', 'the event'],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
  ])('%i after %s goes on by %s', async (status, method, next, body) => {
    await using server = await startCounterpart(redirecting(status, 'end'))
    const outcome = await run({ url: `${server.origin}/start`, method, redirects: 1 })
    expect(outcome.status).toBe('succeeded')
    expect(server.seen[1]).toMatchObject({ method: next, url: '/end', body })
    expect(server.seen[1]?.headers['content-type']).toBe(
      body === '' ? undefined : 'application/json',
    )
  })

  it('end with the limit', async () => {
    await using server = await startCounterpart(redirecting(307, '/again'))
    const outcome = await run({ url: `${server.origin}/start`, redirects: 3 })
    expect(outcome).toMatchObject({ status: 'failed', result: { status: 307 } })
    expect(server.seen).toHaveLength(4)
  })

  it('within the origin keep credentials', async () => {
    await using server = await startCounterpart(redirecting(308, '/end'))
    await run({ url: `${server.origin}/start`, redirects: 1, ...CREDENTIALS })
    expect(server.seen[1]?.headers).toMatchObject({
      authorization: 'Bearer bearer-token',
      'x-key': 'the-key',
      'webhook-id': expect.any(String),
    })
  })

  it('to another origin take no credentials along, there and back', async () => {
    await using home = await startCounterpart(({ url }, response) => {
      if (url === '/back') response.end()
      else response.writeHead(308, { location: `${other.origin}/other` }).end()
    })
    await using other = await startCounterpart(redirecting(308, `${home.origin}/back`))
    const outcome = await run({ url: `${home.origin}/start`, redirects: 2, ...CREDENTIALS })
    expect(outcome.status).toBe('succeeded')
    for (const seen of [other.seen[0], home.seen[1]]) {
      expect(seen?.body).toBe('the event')
      expect(seen?.headers['content-type']).toBe('application/x-test')
      expect(JSON.stringify(seen)).not.toMatch(/bearer-token|the-key|webhook-|authorization/)
    }
  })

  it('to another origin do not take a body with a secret along', async () => {
    await using other = await startCounterpart()
    await using home = await startCounterpart(redirecting(308, other.origin))
    const body = { json: { key: '{secret.key}' } }
    const outcome = await run({ url: home.origin, redirects: 1, secrets: { key: 'the-key' }, body })
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(/^address_refused: .*secret/))
    expect(other.seen).toEqual([])
  })

  it.each<[string, string]>([
    ['a private address', 'http://10.0.0.1/'],
    ['a private address in another form', 'http://0xa000001/'],
    ['the metadata of a cloud', 'http://169.254.169.254/latest/meta-data/'],
    ['loopback of IPv6', 'http://[::1]:1/'],
    ['another scheme', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['credentials', 'http://user:hidden@127.0.0.1/'],
    ['nonsense', 'http://[nonsense'],
  ])('to %s are refused', async (_what, location) => {
    await using server = await startCounterpart(redirecting(307, location))
    const executor = createLocalHttp({ url: `${server.origin}/`, redirects: 5 })
    const outcome = await executor.run(makeRun().run)
    await executor.close?.()
    expect(outcome).toMatchObject({ status: 'failed', retryable: false })
    expect(outcome).toHaveProperty('reason', expect.stringMatching(/^address_refused: /))
    expect(JSON.stringify(outcome)).not.toContain('hidden')
  })
})
