import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, openApp } from '../app.ts'
import { type Call, call, HOST, makeToken, signIn } from './calls.ts'

const RETRY = 'POST /api/tasks/none/retry'

async function codeOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { code: string }).code
}

describe('a session', () => {
  it('is started with a token, shows the caller, and ends', async () => {
    const opened = await openApp({})
    const token = await makeToken(opened, 'eve', { role: 'operator' })
    const session = await signIn(opened, token)
    const seen = await call(opened, 'GET /api/session', session)
    expect(await seen.json()).toMatchObject({
      ...{ name: 'eve', role: 'operator', via: 'session' },
      csrf: session.csrf,
    })
    const ended = await call(opened, 'DELETE /api/session', session)
    expect(await ended.json()).toEqual({ signedOut: true, providerUrl: null })
    expect(ended.headers.get('set-cookie')).toMatch(/^hookline-session=; Max-Age=0/)
    expect((await call(opened, 'GET /api/session', session)).status).toBe(401)
    expect(await opened.store.documents('sessions')).toEqual([])
    const actions = (await opened.store.auditEntries({ limit: 10 })).map(
      ({ action, actor, outcome }) => `${actor} ${action} ${outcome}`,
    )
    expect(actions).toEqual([
      'admin token.create done',
      'eve session.start done',
      'eve session.end done',
      'unknown access.refused refused',
    ])
  })

  it('is stored without its secret', async () => {
    const opened = await openApp({})
    const { cookie, csrf } = await signIn(opened, ADMIN_TOKEN)
    const kept = JSON.stringify(await opened.store.documents('sessions'))
    const [id = '', secret = ''] = (cookie.split('=')[1] ?? '').split('.')
    expect(kept).toContain(id)
    for (const hidden of [secret, csrf, ADMIN_TOKEN]) expect(kept).not.toContain(hidden)
  })

  it('lasts `admin.sessionHours`', async () => {
    let now = Date.now()
    const opened = await openApp({ admin: { sessionHours: 2 } }, (store) => store, {
      clock: () => now,
    })
    const session = await signIn(opened, ADMIN_TOKEN)
    now += 7_199_999
    expect((await call(opened, 'GET /api/session', session)).status).toBe(200)
    now += 1
    expect((await call(opened, 'GET /api/session', session)).status).toBe(401)
    // The next one takes it away from the store.
    await signIn(opened, ADMIN_TOKEN)
    expect(await opened.store.documents('sessions')).toHaveLength(1)
  })

  it("ends the oldest of its token beyond 20, and nobody else's", async () => {
    const opened = await openApp({})
    const token = await makeToken(opened, 'eve', { role: 'viewer' })
    const others = await signIn(opened, ADMIN_TOKEN)
    const sessions: Awaited<ReturnType<typeof signIn>>[] = []
    for (let count = 0; count < 25; count++) sessions.push(await signIn(opened, token))
    const statusOf = async (session: Call) =>
      (await call(opened, 'GET /api/session', session)).status
    expect(await statusOf(others)).toBe(200)
    const statuses = await Promise.all(sessions.map(statusOf))
    expect(statuses.filter((status) => status === 200)).toHaveLength(20)
    expect(statuses.at(-1)).toBe(200)
    expect(await opened.store.documents('sessions')).toHaveLength(21)
  })

  it('is valid on every node of the store', async () => {
    const opened = await openApp({})
    const token = await makeToken(opened, 'eve', { role: 'viewer' })
    const session = await signIn(opened, token)
    const other = await openApp({}, (store) => store, { besides: opened })
    const seen = await call(other, 'GET /api/session', session)
    expect(await seen.json()).toMatchObject({ name: 'eve', csrf: session.csrf })
  })

  it('is not started with a wrong token or from another page', async () => {
    const opened = await openApp({})
    const start = async (given: Call) => {
      const answer = await call(opened, 'POST /api/session', given)
      expect(answer.headers.get('set-cookie')).toBeNull()
      return codeOf(answer)
    }
    expect(await start({ json: { token: 'wrong' } })).toBe('unauthorized')
    expect(await start({ json: { token: '' } })).toBe('request_invalid')
    expect(await start({ json: { token: ADMIN_TOKEN, more: 1 } })).toBe('request_invalid')
    const right = { json: { token: ADMIN_TOKEN } }
    expect(await start({ headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).toBe(
      'content_type_unsupported',
    )
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      expect(await start({ ...right, headers })).toBe('csrf_refused')
    }
    expect(await opened.store.documents('sessions')).toEqual([])
  })
})

describe('a call with the cookie', () => {
  const same = { 'sec-fetch-site': 'same-origin' }
  it.each<[string, (csrf: string) => Record<string, string>]>([
    ['no CSRF token', () => same],
    ['an empty one', () => ({ ...same, 'x-hookline-csrf': '' })],
    ['a wrong one', (csrf) => ({ ...same, 'x-hookline-csrf': `${csrf}x` })],
    ['a part of it', (csrf) => ({ ...same, 'x-hookline-csrf': csrf.slice(1) })],
    ['no word of its origin', (csrf) => ({ 'x-hookline-csrf': csrf })],
    ['another site', (csrf) => ({ 'x-hookline-csrf': csrf, 'sec-fetch-site': 'cross-site' })],
    ['a sibling', (csrf) => ({ 'x-hookline-csrf': csrf, 'sec-fetch-site': 'same-site' })],
    ['no page at all', (csrf) => ({ 'x-hookline-csrf': csrf, 'sec-fetch-site': 'none' })],
    ['another origin', (csrf) => ({ 'x-hookline-csrf': csrf, origin: 'http://localhost:3000' })],
    ['a hidden origin', (csrf) => ({ 'x-hookline-csrf': csrf, origin: 'null' })],
    [
      'two words that differ',
      (csrf) => ({ ...same, 'x-hookline-csrf': csrf, origin: 'https://evil.example' }),
    ],
  ])('changes nothing with %s', async (_, headersFor) => {
    const opened = await openApp({})
    const { cookie, csrf } = await signIn(opened, ADMIN_TOKEN)
    const answer = await call(opened, RETRY, { cookie, headers: headersFor(csrf) })
    expect(answer.status).toBe(403)
    expect(await codeOf(answer)).toBe('csrf_refused')
  })

  it('may change something with the token and the same origin', async () => {
    const opened = await openApp({})
    const { cookie, csrf } = await signIn(opened, ADMIN_TOKEN)
    for (const headers of [same, { origin: `http://${HOST}` }]) {
      const given = { cookie, headers: { ...headers, 'x-hookline-csrf': csrf } }
      expect(await codeOf(await call(opened, RETRY, given))).toBe('task_unknown')
    }
  })

  it('is ignored if there is a wrong token too', async () => {
    const opened = await openApp({})
    const { cookie } = await signIn(opened, ADMIN_TOKEN)
    const answer = await call(opened, 'GET /api/tasks', { cookie, token: 'wrong' })
    expect(answer.status).toBe(401)
  })

  it.each(['', '.', 'a.b.c', 'x'.repeat(5000), '%00.%00', '__proto__.x', 'constructor.x'])(
    'is refused with %.20j',
    async (value) => {
      const opened = await openApp({})
      await signIn(opened, ADMIN_TOKEN)
      const answer = await call(opened, 'GET /api/tasks', { cookie: `hookline-session=${value}` })
      expect(answer.status).toBe(401)
    },
  )
})

describe("the session's cookie", () => {
  const cookieOf = async (config: object, host: string) => {
    const opened = await openApp(config)
    const given = { json: { token: ADMIN_TOKEN }, headers: { host } }
    const answer = await call(opened, 'POST /api/session', given)
    const cookie = answer.headers.get('set-cookie') ?? ''
    const seen = await call(opened, 'GET /api/session', {
      ...{ cookie: cookie.split(';', 1)[0] ?? '', headers: { host } },
    })
    expect(seen.status).toBe(200)
    return cookie
  }

  it('is bound to the host if the call came by https', async () => {
    const config = { publicUrl: 'https://hooks.example.com', admin: { public: true } }
    expect(await cookieOf(config, 'hooks.example.com')).toMatch(
      /^__Host-hookline-session=[\w-]+\.[\w-]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
  })

  it("has no prefix at the machine's own address, which has no https", async () => {
    const config = { publicUrl: 'https://hooks.example.com' }
    expect(await cookieOf(config, HOST)).toMatch(
      /^hookline-session=[\w-]+\.[\w-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    )
  })

  it('without the prefix is ignored where the prefix is required', async () => {
    const opened = await openApp({
      publicUrl: 'https://hooks.example.com',
      admin: { public: true },
    })
    const host = 'hooks.example.com'
    const given = { json: { token: ADMIN_TOKEN }, headers: { host } }
    const answer = await call(opened, 'POST /api/session', given)
    const bound = (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? ''
    const plain = bound.replace('__Host-', '')
    const seen = await call(opened, 'GET /api/session', { cookie: plain, headers: { host } })
    expect(seen.status).toBe(401)
  })
})
