import { describe, expect, it } from 'vitest'
import { localPath } from '../../../core/dashboard/pages/sign-in.ts'
import { call, type OpenedApp } from '../api/access/calls.ts'
import { ADMIN_TOKEN } from '../api/app.ts'
import { openDashboard } from './open-dashboard.ts'

const FORM = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
}

/** Posts a form as a browser does, with its length. */
async function post({ app }: OpenedApp, path: string, form: Record<string, string>, headers = {}) {
  const body = new URLSearchParams(form).toString()
  const length = { 'content-length': String(body.length) }
  const url = `http://localhost:12345${path}`
  return app.request(url, {
    method: 'POST',
    body,
    headers: { host: 'localhost:12345', ...FORM, ...length, ...headers },
  })
}

function cookieOf(answer: Response): string {
  return (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? ''
}

describe('the dashboard', () => {
  it('leads whoever is not signed in to the sign-in, and from there back', async () => {
    const opened = await openDashboard()
    const first = await call(opened, 'GET /nodes?a=1')
    expect(first.status).toBe(303)
    expect(first.headers.get('location')).toBe('/sign-in?next=%2Fnodes%3Fa%3D1')
    const signedIn = await post(opened, '/sign-in', { token: ADMIN_TOKEN, next: '/nodes?a=1' })
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/nodes?a=1'])
    const page = await call(opened, 'GET /nodes', { cookie: cookieOf(signedIn) })
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<h1>Nodes</h1>')
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  })

  it('refuses a wrong token, and a form of another origin', async () => {
    const opened = await openDashboard()
    const wrong = await post(opened, '/sign-in', { token: 'wrong' })
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null])
    expect(await wrong.text()).toContain('This token is not valid.')
    const elsewhere = { 'sec-fetch-site': 'cross-site' }
    const foreign = await post(opened, '/sign-in', { token: ADMIN_TOKEN }, elsewhere)
    expect([foreign.status, foreign.headers.get('set-cookie')]).toEqual([403, null])
  })

  it('signs in by a one-time code: once, within 15 minutes, and not by a GET', async () => {
    let passed = 0
    const opened = await openDashboard(() => Date.now() + passed)
    const issue = async () => {
      const answer = await call(opened, 'POST /api/session/codes', { token: ADMIN_TOKEN })
      return (await answer.json()) as { code: string; path: string }
    }
    const { code, path } = await issue()
    const shown = await call(opened, `GET ${path}`)
    expect([shown.status, shown.headers.get('set-cookie')]).toEqual([200, null])
    const first = await post(opened, '/sign-in', { code })
    expect([first.status, first.headers.get('location')]).toEqual([303, '/'])
    expect((await call(opened, 'GET /nodes', { cookie: cookieOf(first) })).status).toBe(200)
    expect((await post(opened, '/sign-in', { code })).status).toBe(401)
    const late = await issue()
    passed = 15 * 60_000
    const answer = await post(opened, '/sign-in', { code: late.code })
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain('15 minutes')
  })

  it('lets nobody try codes without end', async () => {
    const opened = await openDashboard()
    const statuses = []
    for (let tried = 0; tried < 12; tried++) {
      statuses.push((await post(opened, '/sign-in', { code: `guess-${tried}` })).status)
    }
    expect(statuses.at(0)).toBe(401)
    expect(statuses.at(-1)).toBe(429)
  })

  it('changes nothing without the CSRF token of the session, and signs out with it', async () => {
    const opened = await openDashboard()
    const cookie = cookieOf(await post(opened, '/sign-in', { token: ADMIN_TOKEN }))
    expect((await post(opened, '/sign-in/out', {}, { cookie })).status).toBe(403)
    expect((await post(opened, '/nodes/none/drain', { csrf: 'wrong' }, { cookie })).status).toBe(
      403,
    )
    const page = await (await call(opened, 'GET /nodes', { cookie })).text()
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    expect((await post(opened, '/nodes/none/drain', { csrf }, { cookie })).status).toBe(404)
    expect((await post(opened, '/sign-in/out', { csrf }, { cookie })).status).toBe(303)
    expect((await call(opened, 'GET /nodes', { cookie })).status).toBe(303)
  })

  it('speaks the language that was chosen, else that of the browser', async () => {
    const opened = await openDashboard()
    const languageOf = async (headers: Record<string, string>) => {
      const answer = await call(opened, 'GET /sign-in', { headers })
      return /<html lang="([^"]+)"/.exec(await answer.text())?.[1]
    }
    expect(await languageOf({})).toBe('en')
    expect(await languageOf({ 'accept-language': 'fr, zh-CN;q=0.8, en;q=0.5' })).toBe('zh-CN')
    expect(await languageOf({ 'accept-language': 'fr' })).toBe('en')
    const chosen = await call(opened, 'GET /sign-in/language/zh?next=/tasks')
    expect(chosen.headers.get('location')).toBe('/tasks')
    expect(await languageOf({ cookie: cookieOf(chosen), 'accept-language': 'en' })).toBe('zh-CN')
  })

  it('serves its files under the hash of their content, and nothing else', async () => {
    const opened = await openDashboard()
    const page = await (await call(opened, 'GET /sign-in')).text()
    const [css = ''] = /\/assets\/[0-9a-f]{16}\/dashboard\.css/.exec(page) ?? []
    const asset = await call(opened, `GET ${css}`)
    expect(asset.headers.get('cache-control')).toContain('immutable')
    expect(asset.headers.get('content-type')).toContain('text/css')
    const other = css.replace(/[0-9a-f]{16}/, '0'.repeat(16))
    expect((await call(opened, `GET ${other}`)).status).toBe(404)
    expect((await call(opened, 'GET /assets/x/constructor')).status).toBe(404)
  })

  it('is not shown to whoever comes through a tunnel', async () => {
    const opened = await openDashboard()
    const headers = { 'cf-connecting-ip': '203.0.113.9' }
    const [css = ''] =
      /\/assets\/[0-9a-f]{16}\/dashboard\.css/.exec(
        await (await call(opened, 'GET /sign-in')).text(),
      ) ?? []
    for (const path of ['/nodes', '/sign-in', '/sign-in/language/zh', css]) {
      expect((await call(opened, `GET ${path}`, { headers })).status).toBe(403)
    }
  })
})

describe('where a sign-in leads', () => {
  it.each([
    [undefined, '/'],
    ['/tasks?a=1', '/tasks?a=1'],
    ['//evil.example/x', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['tasks', '/'],
    ['/\t/evil.example', '/'],
    ['/.//evil.example', '/'],
    ['/tasks/..//evil.example', '/'],
    ['/%2e/\\evil.example', '/'],
    ['/tasks//x', '/tasks//x'],
  ])('%j: %j', (given, path) => {
    expect(localPath(given)).toBe(path)
  })
})
