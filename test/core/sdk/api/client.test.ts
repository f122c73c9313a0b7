import { describe, expect, it } from 'vitest'
import { type ApiOptions, ProviderApi } from '../../../../core/sdk/api/client.ts'
import { isRetryable } from '../../../../core/sdk/api/fault.ts'
import {
  type ProviderHandler,
  type ProviderReply,
  startProviderServer,
} from '../../../fixtures/providers/server.ts'

const TOKEN = 'secret-token-1234'
const NOW = Date.parse('2026-01-15T12:00:00Z')
const { signal } = new AbortController()

async function setUp(handler: ProviderHandler, options: Partial<ApiOptions> = {}) {
  const server = await startProviderServer(handler)
  const client = new ProviderApi({
    provider: 'Acme',
    baseUrl: `${server.url}/v1/`,
    authorize: () => ({ authorization: `Bearer ${TOKEN}` }),
    clock: () => NOW,
    ...options,
  })
  return { server, client }
}

async function faultOf(reply: ProviderReply | 'hang' | 'drop', options?: Partial<ApiOptions>) {
  const { client } = await setUp(() => reply, options)
  const call = client.call('POST', '/hooks', { signal, query: { key: 'query-secret' }, json: {} })
  const error = await call.then(
    () => expect.unreachable(),
    (reason: unknown) => reason,
  )
  return error as Error & { code: string; remedy: string; fields: Record<string, unknown> }
}

describe('a call', () => {
  it('has the token, the query and the body', async () => {
    const { server, client } = await setUp(() => ({ body: '{"id":9007199254740993}' }))
    const query = { per_page: 2, page: undefined }
    const answer = await client.call('PUT', '/a/b', { signal, query, json: { on: true } })
    expect(answer.json()).toEqual({ id: 9007199254740993n })
    const [call] = server.calls
    expect(call).toMatchObject({ method: 'PUT', path: '/v1/a/b', body: '{"on":true}' })
    expect(String(call?.query)).toBe('per_page=2')
    expect(call?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^hookline\/\d/),
    })
  })

  it('sends a form', async () => {
    const { server, client } = await setUp(() => ({ status: 204 }))
    await client.call('POST', '/f', { signal, form: new URLSearchParams({ 'a[]': 'b c' }) })
    expect(server.calls[0]).toMatchObject({
      body: 'a%5B%5D=b+c',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    })
  })

  it('follows a redirect of the same host with the same body, and no other', async () => {
    const { server, client } = await setUp(({ path }) =>
      path === '/v1/old'
        ? { status: 301, headers: { location: '/v1/new' } }
        : path === '/v1/away'
          ? { status: 307, headers: { location: 'http://localhost:1/' } }
          : { body: { path } },
    )
    const answer = await client.call('PATCH', '/old', { signal, json: { name: 1 } })
    expect(answer.json()).toEqual({ path: '/v1/new' })
    expect(server.calls[1]).toMatchObject({ method: 'PATCH', body: '{"name":1}' })
    await expect(client.call('GET', '/away', { signal })).rejects.toThrow(/redirects to another/)
  })
})

describe('a failed call', () => {
  it.each([
    [401, 'provider_unauthorized', false],
    [403, 'provider_forbidden', false],
    [404, 'provider_not_found', false],
    [410, 'provider_not_found', false],
    [422, 'provider_refused', false],
    [302, 'provider_refused', false],
    [500, 'provider_unavailable', true],
    [503, 'provider_unavailable', true],
  ])('%i is %s', async (status, code, retryable) => {
    const fault = await faultOf({ status, body: { message: `No: ${TOKEN}` } })
    expect(fault).toMatchObject({ code, fields: { status } })
    expect(fault.message).toBe(`Acme: POST /hooks was answered with ${status}: No: [redacted].`)
    expect(fault.remedy).not.toBe('')
    expect(isRetryable(fault)).toBe(retryable)
  })

  it.each([
    [429, { 'retry-after': '7' }, 7],
    [429, { 'retry-after': 'Thu, 15 Jan 2026 12:01:00 GMT' }, 60],
    [429, { 'ratelimit-reset': String(NOW / 1000 + 90) }, 90],
    [429, {}, undefined],
    [403, { 'retry-after': '5' }, 5],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 30) }, 30],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '99999999999' }, 86_400],
  ])('%i with %j waits for the limit', async (status, headers, seconds) => {
    const fault = await faultOf({ status, headers: headers as Record<string, string> })
    expect(fault.code).toBe('provider_rate_limited')
    expect(fault.fields['retryAfterSeconds']).toBe(seconds)
    expect(isRetryable(fault)).toBe(true)
  })

  it.each([
    [{ 'retry-after': '120' }, 120],
    [{ 'ratelimit-reset': String(NOW / 1000 + 90) }, undefined],
  ])('503 with %j waits as it asks', async (headers, seconds) => {
    const fault = await faultOf({ status: 503, headers: headers as Record<string, string> })
    expect(fault.code).toBe('provider_unavailable')
    expect(fault.fields['retryAfterSeconds']).toBe(seconds)
  })

  it('with calls left is not about a limit', async () => {
    expect(
      await faultOf({ status: 403, headers: { 'x-ratelimit-remaining': '12' } }),
    ).toMatchObject({ code: 'provider_forbidden' })
  })

  it.each([
    [{ error: { message: 'No such endpoint' } }, 'No such endpoint'],
    [
      { message: 'Failed', errors: [{ message: 'Hook exists' }, 'too'] },
      'Failed; Hook exists; too',
    ],
    [{ message: { url: ['is blocked'] } }, '{"url":["is blocked"]}'],
    [{ ok: false, description: 'Bad\u001b[1m  webhook' }, 'Bad\\x1b[1m webhook'],
    [{ message: 'x'.repeat(1000) }, 'x'.repeat(300)],
  ])('tells what the provider says: %j', async (body, said) => {
    const fault = await faultOf({ status: 400, body })
    expect(fault.message).toBe(`Acme: POST /hooks was answered with 400: ${said}.`)
  })

  it('tells nothing of a page of a proxy', async () => {
    const fault = await faultOf({ status: 502, body: '<html>secret</html>' })
    expect(fault.message).toBe('Acme: POST /hooks was answered with 502.')
  })

  it('ends after its time limit', async () => {
    const fault = await faultOf('hang', { timeLimitMs: 50 })
    expect(fault).toMatchObject({ code: 'provider_unavailable' })
    expect(fault.message).toBe('Acme: POST /hooks: no answer within 0.05 s.')
  })

  it('ends with its signal', async () => {
    const stop = new AbortController()
    const { client } = await setUp(() => {
      stop.abort(new Error('stopped'))
      return 'hang'
    })
    await expect(client.call('GET', '/', { signal: stop.signal })).rejects.toThrow('stopped')
  })

  it('tells of a lost connection', async () => {
    const dropped = await faultOf('drop')
    expect(dropped).toMatchObject({ code: 'provider_unavailable' })
    expect(dropped.message).toMatch(/^Acme: POST \/hooks: the connection failed \(\w+\)\.$/)
    const { server, client } = await setUp(() => ({}))
    server.close()
    const refused = client.call('GET', '/hooks', { signal })
    await expect(refused).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: 'Acme: GET /hooks: the connection failed (ECONNREFUSED).',
    })
  })

  it('refuses what is too large', async () => {
    const fault = await faultOf({ body: 'x'.repeat(2000) }, { maxAnswerBytes: 1000 })
    expect(fault).toMatchObject({ code: 'provider_answer_unusable' })
    expect(fault.message).toMatch(/larger than 1000 bytes/)
  })

  it.each(['', '{"a":', '<html>', '['.repeat(200)])('refuses %j as JSON', async (body) => {
    const { client } = await setUp(() => ({ body }))
    const answer = await client.call('GET', '/hooks', { signal })
    expect(() => answer.json()).toThrow('Acme: GET /hooks: the answer is not valid JSON.')
  })

  it('never holds the token or the query, whatever failed', async () => {
    const replies: readonly (ProviderReply | 'drop')[] = [
      { status: 401, body: { message: `Bearer ${TOKEN}` } },
      { status: 500, body: { error: btoa(TOKEN) } },
      { status: 400, body: { message: `${'x'.repeat(295)}${TOKEN}` } },
      { status: 302, headers: { location: `http://localhost:1/${TOKEN}` } },
      'drop',
    ]
    for (const reply of replies) {
      const fault = await faultOf(reply)
      const text = JSON.stringify([fault, fault.message, fault.stack, fault.cause])
      for (const secret of [TOKEN, TOKEN.slice(0, 8), btoa(TOKEN), 'query-secret']) {
        expect(text).not.toContain(secret)
      }
    }
  })
})

describe('pages', () => {
  const pagesOf = async (links: readonly string[]) => {
    const { server, client } = await setUp(({ query }) => {
      const link = links[Number(query.get('page') ?? 0)]
      return {
        body: [query.get('page')],
        ...(link && { headers: { link: link.replace('HOST', server.url) } }),
      }
    })
    const found: unknown[] = []
    for await (const answer of client.pages('/list', { signal })) found.push(answer.json())
    return found
  }

  it('follow the link to the next one', async () => {
    const first = '<HOST/v1/list?page=9>; rel="last", <HOST/v1/list?page=1>; rel="next"'
    expect(await pagesOf([first, '</v1/list?page=2>; title="a"; rel=next'])).toEqual([
      [null],
      ['1'],
      ['2'],
    ])
  })

  it('never lead to another host', async () => {
    await expect(pagesOf(['<http://localhost:1/>; rel="next"'])).rejects.toMatchObject({
      code: 'provider_answer_unusable',
    })
  })

  it('end, even if the provider never does', async () => {
    expect(await pagesOf(Array(2).fill('</v1/list?page=1>; rel="next"'))).toHaveLength(100)
  })
})
