import { describe, expect, it, onTestFinished } from 'vitest'
import { Access } from '../../../../core/api/access/access.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'
import { call, HOST, type OpenedApp } from './calls.ts'
import {
  type Account,
  CLIENT_ID,
  CLIENT_SECRET,
  type ProviderOptions,
  startProvider,
  visit,
} from './provider.ts'

const ALICE = { sub: 'alice-1', groups: ['hookline-admins', 'all'] }
const ROLES = { admin: { groups: ['hookline-admins'] }, viewer: { groups: ['all'] } }
const CALLBACK = `http://${HOST}/sign-in/callback`

interface Setup {
  readonly account?: Account
  readonly provider?: Partial<ProviderOptions>
  readonly oidc?: object
  readonly clock?: () => number
}

async function open({ account = ALICE, provider = {}, oidc = {}, clock = Date.now }: Setup = {}) {
  const options = { account, redirectUri: CALLBACK, ...provider }
  const { issuer, port, stop } = await startProvider(options)
  onTestFinished(async () => {
    await stop()
  })
  const settings = {
    ...{ issuer, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, roles: ROLES },
    ...oidc,
  }
  const opened = await openApp({ admin: { oidc: settings } }, (store) => store, { clock })
  return { opened, issuer, options, port, stop }
}

/** Starts a sign-in, and returns where to go and the cookie of it. */
async function start(opened: OpenedApp, next = '/nodes?a=1') {
  const answer = await call(opened, 'POST /api/session/oidc', { json: { next } })
  expect(answer.status).toBe(201)
  const cookie = answer.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^hookline-sign-in=.*; Max-Age=600; Path=\/; HttpOnly; SameSite=Strict$/)
  const { url } = (await answer.json()) as { url: string }
  return { url: new URL(url), cookie: cookie.split(';', 1)[0] ?? '' }
}

async function finish(opened: OpenedApp, oidc: string, cookie: string) {
  const answer = await call(opened, 'POST /api/session', { cookie, json: { oidc } })
  const cookies = answer.headers.getSetCookie()
  const session = cookies.find((one) => one.startsWith('hookline-session='))?.split(';', 1)[0]
  const body = (await answer.json()) as Record<string, unknown>
  return { status: answer.status, body, session: session ?? null, cookies }
}

async function signIn(opened: OpenedApp, issuer: string) {
  const { url, cookie } = await start(opened)
  const back = await visit(url.href, issuer)
  return finish(opened, back.search, cookie)
}

const entriesOf = async ({ store }: Awaited<ReturnType<typeof openApp>>) =>
  (await store.auditEntries({ limit: 20 })).map(({ actor, action, outcome, detail }) => ({
    what: `${actor} ${action} ${outcome}`,
    detail: JSON.parse(detail) as Record<string, unknown>,
  }))

describe('a sign-in with a provider', () => {
  it('gives a session with the highest role of the person, and names the person', async () => {
    const { opened, issuer } = await open()
    const { url, cookie } = await start(opened)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ response_type: 'code', code_challenge_method: 'S256', redirect_uri: CALLBACK },
      scope: 'openid profile email',
    })
    const back = await visit(url.href, issuer)
    const [, next = ''] = (back.searchParams.get('state') ?? '').split('.')
    expect(Buffer.from(next, 'base64url').toString()).toBe('/nodes?a=1')
    const { status, body, session, cookies } = await finish(opened, back.search, cookie)
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { name: 'oidc:alice-1', role: 'admin', via: 'session' },
    })
    expect(cookies[0]).toMatch(/^hookline-sign-in=; Max-Age=0/)
    const kept = JSON.stringify(await opened.store.documents('sessions'))
    expect(kept).toContain('hookline-admins')
    expect(kept).not.toContain(CLIENT_SECRET)
    const csrf = { 'x-hookline-csrf': String(body['csrf']), 'sec-fetch-site': 'same-origin' }
    const given = { cookie: session ?? '', headers: csrf }
    expect((await call(opened, 'GET /api/tokens', given)).status).toBe(200)
    const withoutCsrf = await call(opened, 'DELETE /api/session', { cookie: given.cookie })
    expect(withoutCsrf.status).toBe(403)
    const ended = await call(opened, 'DELETE /api/session', given)
    const { providerUrl } = (await ended.json()) as { providerUrl: string }
    expect(new URL(providerUrl).origin).toBe(issuer)
    expect(new URL(providerUrl).searchParams.get('post_logout_redirect_uri')).toBe(
      `http://${HOST}/sign-in`,
    )
    expect((await fetch(providerUrl)).status).toBe(200)
    expect((await call(opened, 'GET /api/session', given)).status).toBe(401)
    expect((await entriesOf(opened)).slice(0, 3)).toMatchObject([
      { what: 'oidc:alice-1 session.start done', detail: { role: 'admin', subject: 'alice-1' } },
      { what: 'unknown access.refused refused', detail: { code: 'csrf_refused' } },
      { what: 'oidc:alice-1 session.end done' },
    ])
  })

  it.each<[string, Setup, object]>([
    [
      'a verified email address',
      { account: { sub: '7', email: 'a@example.com', email_verified: true } },
      { name: 'oidc:a@example.com', role: 'operator' },
    ],
    [
      'claims of the userinfo endpoint',
      { account: ALICE, provider: { claimsInToken: false } },
      { name: 'oidc:alice-1', role: 'admin' },
    ],
    [
      'a client that sends its secret in the body',
      { oidc: { clientAuthentication: 'post' } },
      { name: 'oidc:alice-1', role: 'admin' },
    ],
    [
      'a path of claims',
      {
        account: { sub: '8', groups: { here: ['all'] } },
        oidc: { roles: { viewer: { 'groups.here': ['all'] } } },
      },
      { name: 'oidc:8', role: 'viewer' },
    ],
  ])('takes %s', async (_, setup, seen) => {
    const roles = { ...ROLES, operator: { email: ['a@example.com'] } }
    const { opened, issuer } = await open({ ...setup, oidc: { roles, ...setup.oidc } })
    expect((await signIn(opened, issuer)).body).toMatchObject(seen)
  })

  it.each<[string, Account]>([
    ['no groups', { sub: 'bob' }],
    ['other groups', { sub: 'bob', groups: ['Hookline-Admins', 'hookline'] }],
    ['groups of another form', { sub: 'bob', groups: { 'hookline-admins': true } }],
    ['an address that is not verified', { sub: 'bob', email: 'a@example.com' }],
  ])('refuses a person with %s', async (_, account) => {
    const roles = { ...ROLES, operator: { email: ['a@example.com'] } }
    const { opened, issuer } = await open({ account, oidc: { roles } })
    const { status, body, session } = await signIn(opened, issuer)
    expect({ status, session, code: body['code'] }).toEqual({
      ...{ status: 403, session: null, code: 'oidc_no_role' },
    })
    expect(body['detail']).toContain("'oidc:bob'")
    expect(await opened.store.documents('sessions')).toEqual([])
    expect(await entriesOf(opened)).toMatchObject([
      { what: 'unknown access.refused refused', detail: { code: 'oidc_no_role', subject: 'bob' } },
    ])
  })

  it.each<[string, (url: URL) => void, (back: URL) => void, RegExp]>([
    ['a forged state', () => {}, (back) => back.searchParams.set('state', 'x'), /state/],
    ['no state', () => {}, (back) => back.searchParams.delete('state'), /state/],
    ['a wrong nonce', (url) => url.searchParams.set('nonce', 'x'), () => {}, /nonce/],
    ['a forged code', () => {}, (back) => back.searchParams.set('code', 'x'), /invalid_grant/],
    ['another issuer', () => {}, (back) => back.searchParams.set('iss', 'http://x.y'), /iss/],
    [
      'another challenge',
      (url) => url.searchParams.set('code_challenge', 'x'.repeat(43)),
      () => {},
      /invalid_grant/,
    ],
  ])('refuses %s', async (_, leave, comeBack, reason) => {
    const { opened, issuer } = await open()
    const { url, cookie } = await start(opened)
    leave(url)
    const back = await visit(url.href, issuer)
    comeBack(back)
    const { status, body, session } = await finish(opened, back.search, cookie)
    expect({ status, session, code: body['code'] }).toEqual({
      ...{ status: 401, session: null, code: 'oidc_refused' },
    })
    expect(body['detail']).toMatch(reason)
    const [entry] = await entriesOf(opened)
    expect(entry?.detail).toMatchObject({ code: 'oidc_refused', reason: body['detail'] })
  })

  it('takes nothing from another browser, nothing twice, and no expired token', async () => {
    const { opened, issuer, options } = await open()
    const { url, cookie } = await start(opened)
    const back = await visit(url.href, issuer)
    for (const other of ['', 'hookline-sign-in=x', `${cookie}x`]) {
      expect(await finish(opened, back.search, other)).toMatchObject({
        ...{ status: 401, body: { code: 'oidc_refused' } },
      })
    }
    expect((await finish(opened, back.search, cookie)).status).toBe(201)
    expect((await finish(opened, back.search, cookie)).body['detail']).toMatch(/invalid_grant/)
    options.hoursSlow = 2
    const late = await signIn(opened, issuer)
    expect(late).toMatchObject({ status: 401, body: { code: 'oidc_refused' } })
    expect(late.body['detail']).toMatch(/"exp"/)
  })

  it('takes nobody for a person of another provider, which the config has by now', async () => {
    const { opened, issuer } = await open()
    const { store, services } = opened
    const before = services.config().settings.admin.oidc
    let oidc = before
    const own = { adminToken: ADMIN_TOKEN, store, logger: services.logger, clock: Date.now }
    const access = await Access.open({ ...own, oidc: () => oidc })
    onTestFinished(() => access.close())
    const { url, checks } = await access.provider.start(CALLBACK, '/')
    const back = await visit(url, issuer)
    const returning = access.holderOfReturn(back, checks, { address: null, maxFailures: 10 })
    oidc = before && { ...before, issuer: 'https://other.example' }
    await expect(returning).rejects.toMatchObject({ code: 'oidc_no_role' })
  })

  it('passes on that the person said no', async () => {
    const { opened, issuer } = await open({ provider: { refuses: true } })
    const { status, body } = await signIn(opened, issuer)
    expect({ status, detail: body['detail'] }).toEqual({
      status: 401,
      detail: "The provider answered 'access_denied': The person said no",
    })
  })

  it('is slowed down after too many failures, which hold up no token', async () => {
    const { opened, issuer } = await open()
    const { url, cookie } = await start(opened)
    const back = await visit(url.href, issuer)
    back.searchParams.set('code', 'x')
    const statuses: number[] = []
    for (let count = 0; count < 12; count++) {
      statuses.push((await finish(opened, back.search, cookie)).status)
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
    expect((await call(opened, 'GET /api/session', { token: ADMIN_TOKEN })).status).toBe(200)
  })
})

describe('the session of a person', () => {
  it('ends when the config gives them no role any more, and follows a change of it', async () => {
    const { opened, issuer } = await open()
    const { session } = await signIn(opened, issuer)
    const oidc = { issuer, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }
    const roleWith = async (admin: object) => {
      const other = await openApp({ admin }, (store) => store, { besides: opened })
      const answer = await call(other, 'GET /api/session', { cookie: session ?? '' })
      return answer.ok ? ((await answer.json()) as { role: string }).role : answer.status
    }
    expect(await roleWith({ oidc: { ...oidc, roles: ROLES } })).toBe('admin')
    expect(await roleWith({ oidc: { ...oidc, roles: { viewer: ROLES.admin } } })).toBe('viewer')
    expect(await roleWith({ oidc: { ...oidc, roles: { admin: { groups: ['x'] } } } })).toBe(401)
    expect(await roleWith({ oidc: { ...oidc, clientId: 'other', roles: ROLES } })).toBe(401)
    expect(await roleWith({})).toBe(401)
  })

  it('is one of twenty at most', async () => {
    const { opened, issuer } = await open()
    for (let count = 0; count < 22; count++) await signIn(opened, issuer)
    expect(await opened.store.documents('sessions')).toHaveLength(20)
  })
})

describe('a provider that cannot be used', () => {
  it('is said to be away, and is asked again later', async () => {
    let now = Date.now()
    const { opened, issuer, options, port, stop } = await open({ clock: () => now })
    await stop()
    const answer = await call(opened, 'POST /api/session/oidc', { json: {} })
    const body = (await answer.json()) as Record<string, unknown>
    expect({ status: answer.status, code: body['code'] }).toEqual({
      ...{ status: 503, code: 'oidc_unavailable' },
    })
    expect(body['detail']).toMatch(/ECONNREFUSED/)
    expect(JSON.stringify(opened.logged)).toContain('oidc_unavailable')
    const again = await startProvider({ ...options, port })
    onTestFinished(async () => {
      await again.stop()
    })
    // The failure is remembered for a while, so that strangers cannot make this machine ask all the time.
    expect((await call(opened, 'POST /api/session/oidc', { json: {} })).status).toBe(503)
    now += 5000
    expect((await signIn(opened, issuer)).status).toBe(201)
  })

  it('is a fault of the config with a wrong secret', async () => {
    const { opened, issuer } = await open({ oidc: { clientSecret: 'wrong-secret' } })
    const { status, body } = await signIn(opened, issuer)
    expect({ status, code: body['code'] }).toEqual({ status: 503, code: 'oidc_unavailable' })
    expect(body['detail']).toMatch(/does not accept the client: invalid_client/)
  })

  it('is none without `admin.oidc`', async () => {
    const opened = await openApp({})
    const answer = await call(opened, 'POST /api/session/oidc', { json: {} })
    expect(answer.status).toBe(409)
    const { body } = await finish(opened, '?code=a&state=b', 'hookline-sign-in=x')
    expect(body['code']).toBe('oidc_refused')
  })
})
