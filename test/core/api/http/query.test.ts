import { describe, expect, it } from 'vitest'
import { mountPages } from '../../dashboard/open-dashboard.ts'
import { call } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const HOOK = { sources: { box: { use: 'custom', options: { unverified: true } } } }

const ask = async (opened: Awaited<ReturnType<typeof openApp>>, path: string) => {
  const answer = await call(opened, `GET ${path}`, { token: ADMIN_TOKEN })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

describe('a query', () => {
  it.each([
    ['/api/tasks?after=none', 'after: must be `next` of the page before (given: "none")'],
    ['/api/tasks?after=dlv_0000000000', 'after: must be `next` of the page before'],
    ['/api/tasks?after=', 'after: must be `next` of the page before (given: "")'],
    ['/api/deliveries?after=tsk_0000000000', 'after: must be `next` of the page before'],
    ['/api/deliveries?after=~', 'after: must be `next` of the page before'],
    ['/api/errors?after=x', 'after: must be `next` of the page before'],
    ['/api/tasks?limit=x', 'limit: must be a whole number from 1 to 200 (given: "x")'],
    ['/api/tasks?limit=', 'limit: must be a whole number from 1 to 200'],
    ['/api/tasks?limit=1.5', 'limit: must be a whole number from 1 to 200'],
    ['/api/deliveries?limit=201', 'limit: must be a whole number from 1 to 200 (given: "201")'],
    ['/api/audit?after=x', 'after: must be a whole number from 0 (given: "x")'],
    ['/api/audit?after=1e99', 'after: must be a whole number from 0'],
    ['/api/audit?limit=-1', 'limit: must be a whole number from 1 to 1000'],
  ])('of %s is refused in plain words', async (path, words) => {
    const { status, body } = await ask(await openApp({}), path)
    expect([status, body['code']]).toEqual([400, 'request_invalid'])
    expect(body['detail']).toContain(words)
  })

  it('goes on from page to page', async () => {
    const opened = await openApp(HOOK)
    for (const id of [1, 2, 3]) await call(opened, 'POST /api/webhooks/box', { json: { id } })
    const found: unknown[] = []
    for (let after = ''; ; ) {
      const { body } = await ask(opened, `/api/deliveries?limit=1${after}`)
      found.push(...(body['deliveries'] as { id: string }[]).map(({ id }) => id))
      if (body['next'] === null) break
      after = `&after=${body['next']}`
    }
    expect(new Set(found).size).toBe(3)
  })
})

describe('an ETag', () => {
  it('spares what the caller has, until it changes', async () => {
    const opened = await openApp(HOOK)
    const list = async (tag?: string, token = ADMIN_TOKEN) => {
      const headers = tag === undefined ? {} : { 'if-none-match': tag }
      const answer = await call(opened, 'GET /api/deliveries', { token, headers })
      return { status: answer.status, tag: answer.headers.get('etag') ?? '', answer }
    }
    const first = await list()
    expect([first.status, first.tag]).toEqual([200, expect.stringMatching(/^"[0-9a-f]{40}"$/)])
    for (const tag of [first.tag, `"other", W/${first.tag}`, '*']) {
      const same = await list(tag)
      expect([same.status, same.tag, await same.answer.text()]).toEqual([304, first.tag, ''])
      expect(same.answer.headers.get('cache-control')).toBe('no-store')
    }
    expect((await list(first.tag, 'wrong')).status).toBe(401)
    await call(opened, 'POST /api/webhooks/box', { json: {} })
    expect((await list(first.tag)).status).toBe(200)
  })

  it('is not asked for by a page, whatever its browser has', async () => {
    const opened = await openApp(HOOK)
    mountPages(opened.app)
    for (const tag of ['*', '"none"']) {
      const headers = { 'if-none-match': tag }
      const page = await call(opened, 'GET /deliveries', { token: ADMIN_TOKEN, headers })
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<html')])
    }
  })

  it('changes nothing for calls that change something', async () => {
    const opened = await openApp(HOOK)
    const headers = { 'if-none-match': '*' }
    const json = { name: 'reader', role: 'viewer' }
    const made = await call(opened, 'POST /api/tokens', { token: ADMIN_TOKEN, headers, json })
    expect(made.status).toBe(201)
  })
})
