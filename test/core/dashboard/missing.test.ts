import { describe, expect, it } from 'vitest'
import { call } from '../api/access/calls.ts'
import { ADMIN_TOKEN } from '../api/app.ts'
import { openDashboard } from './open-dashboard.ts'

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-language': 'en' }
const PATHS = ['/no-such', '/no-such/page?a=1', '/assets/none', '/tasks/tsk_1/x/y', '/index.html']

async function open() {
  const opened = await openDashboard()
  const get = async (
    path: string,
    headers: Record<string, string> = BROWSER,
    given: { token?: string; method?: string } = {},
  ) => {
    const { token, method = 'GET' } = given
    const more = token === undefined ? {} : { token }
    const answer = await call(opened, `${method} ${path}`, { headers, ...more })
    const type = answer.headers.get('content-type') ?? ''
    const policy = answer.headers.get('content-security-policy') ?? ''
    return { status: answer.status, type, policy, text: await answer.text() }
  }
  return { ...opened, get }
}

describe('an address where nothing is', () => {
  it.each(PATHS)('shows a browser a page that leads to the overview: %s', async (path) => {
    const { get } = await open()
    const known = await get(path, BROWSER, { token: ADMIN_TOKEN })
    expect([known.status, known.type]).toEqual([404, expect.stringContaining('text/html')])
    expect(known.text).toContain('There is no such page')
    expect(known.text).toContain('<a class="button" href="/">To the overview</a>')
    expect(known.text).toContain('<nav ')
    expect(known.policy).toContain("style-src 'self'")
    expect((await get(path, BROWSER, { token: ADMIN_TOKEN, method: 'HEAD' })).status).toBe(404)
  })

  it('shows the same to whoever is not signed in, without the menu', async () => {
    const { get, logged, store } = await open()
    const page = await get('/no-such')
    expect([page.status, page.type]).toEqual([404, expect.stringContaining('text/html')])
    expect(page.text).toContain('href="/">To the overview</a>')
    expect(page.text).not.toContain('<nav ')
    expect(JSON.stringify(logged)).toContain('request refused')
    expect((await get('/no-such', { ...BROWSER, 'accept-language': 'zh' })).text).toContain(
      '前往概览',
    )
    expect(await store.auditEntries({ limit: 10 })).toEqual([])
  })

  it('says of a link for an approval that it was cut short', async () => {
    const { get } = await open()
    for (const path of ['/approve', '/approve/tsk_1']) {
      const { status, text } = await get(path)
      expect([status, text.includes('Check that it was copied whole')]).toEqual([404, true])
    }
  })

  it.each([
    ['a client of the API', '/no-such', { accept: '*/*' }, 'GET'],
    ['one that says nothing', '/assets/none', {}, 'GET'],
    ['a sender', '/no-such', BROWSER, 'POST'],
    ['a browser, of the API', '/api/no-such', BROWSER, 'GET'],
    [
      'a browser, through a proxy',
      '/no-such',
      { ...BROWSER, 'x-forwarded-for': '192.0.2.1' },
      'GET',
    ],
    ['a browser, of a webhook', '/api/webhooks/none', BROWSER, 'GET'],
  ])('answers %s with problem details', async (_who, path, headers, method) => {
    const { get } = await open()
    const { status, type, text } = await get(path, headers, { token: ADMIN_TOKEN, method })
    expect([status, type]).toEqual([404, 'application/problem+json'])
    expect(JSON.parse(text)).toMatchObject({
      code: path.includes('webhooks') ? 'source_unknown' : 'not_found',
    })
  })
})
