import { describe, expect, it } from 'vitest'
import { ERRORS } from '../../../../core/errors/errors.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const CONFIG = { sources: { box: { use: 'custom', options: { unverified: true } } } }
const JSON_BODY = { 'content-type': 'application/json' }
const AUTHORIZED = { authorization: `Bearer ${ADMIN_TOKEN}` }

describe('a store that is away', () => {
  it.each([
    ['/api/webhooks/box', { method: 'POST', body: '{}', headers: JSON_BODY }],
    ['/api/tasks', { headers: AUTHORIZED }],
  ])('is answered at %s with 503 and when to come back', async (path, request) => {
    const { app, store } = await openApp(CONFIG)
    await store.close()
    const answer = await app.request(path, request)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'store_unavailable' })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('the type of a problem', () => {
  it('leads anybody to the page of its code', async () => {
    const { app } = await openApp(CONFIG)
    const problem = (await (await app.request('/api/tasks')).json()) as { type: string }
    const url = new URL(problem.type, 'http://localhost:12345/api/tasks')
    const answer = await app.request(url.pathname)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; charset=UTF-8',
    ])
    expect(await answer.text()).toBe(
      `unauthorized: ${ERRORS.unauthorized.title}.\n\n${ERRORS.unauthorized.remedy}\n`,
    )
  })

  it.each(['none', 'constructor', '%2e%2e', '<b>'])('has no page for %s', async (code) => {
    const { app } = await openApp(CONFIG)
    const answer = await app.request(`/problems/${code}`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'not_found', type: '/problems/not_found' })
  })
})

describe('a method that a path does not have', () => {
  it.each([
    ['POST', '/api/tasks', 405, 'GET, HEAD'],
    ['PATCH', '/api/tasks/tsk_1', 405, 'GET, HEAD'],
    ['GET', '/api/tasks/tsk_1/retry', 405, 'POST'],
    ['POST', '/healthz', 405, 'GET, HEAD'],
    ['PATCH', '/api/jobs', 405, 'GET, POST, HEAD'],
    ['GET', '/api/nothing', 404, null],
    ['POST', '/api/tasks/tsk_1/nothing', 404, null],
  ])('%s %s is answered with %i, and Allow: %s', async (method, path, status, allow) => {
    const { app } = await openApp(CONFIG)
    const answer = await app.request(path, { method, headers: AUTHORIZED })
    expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow])
    const { code, remedy } = (await answer.json()) as Readonly<Record<string, unknown>>
    expect(code).toBe(status === 405 ? 'method_not_allowed' : 'not_found')
    if (allow !== null) expect(remedy).toBe(`Use ${allow.replaceAll(', ', ' or ')}.`)
  })

  it('is told to nobody without a token', async () => {
    const { app } = await openApp(CONFIG)
    const answer = await app.request('/api/tasks', { method: 'POST' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([401, null])
  })
})
