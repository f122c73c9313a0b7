import { describe, expect, it } from 'vitest'
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
