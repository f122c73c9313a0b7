import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, openApp } from '../app.ts'

describe('the admin API without a token', () => {
  it('cannot be reached by another spelling of its path', async () => {
    const { app } = await openApp({})
    const statuses: string[] = []
    for (const path of [
      '/api/tasks',
      '/api/tasks/',
      '//api/tasks',
      '/api//tasks',
      '/API/tasks',
      '/api/Tasks',
      '/api%2Ftasks',
      '/api/%74asks',
      '/api/tasks%2Ftsk_1',
      '/api/tasks/%2e%2e/tasks',
      '/api/webhooks/../tasks',
      '/api/webhooks/%2e%2e/tasks',
      '/api/./tasks',
      '/api/tasks;x',
      '/api/tasks%00',
      '/api/tasks?x',
      '/api/deliveries',
      '/api/%64eliveries/dlv_1',
      '/api/tokens',
      '/api/tokens/',
      '/api/%74okens',
      '/api/tokens/..',
      '/api/audit',
      '//api/audit',
      '/api/audit/',
      '/api/AUDIT',
      '/api/session/',
      '/api/webhooks/%2e%2e/audit',
    ]) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']) {
        const { status } = await app.request(path, { method })
        statuses.push(`${status}`)
        expect([401, 404, 405], `${method} ${path}`).toContain(status)
      }
    }
    expect(statuses).toContain('401')
  })

  it.each([
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${ADMIN_TOKEN} ${ADMIN_TOKEN}`,
    `bearer${ADMIN_TOKEN}`,
  ])('cannot be reached with Authorization: %s', async (authorization) => {
    const { app } = await openApp({})
    const answer = await app.request('/api/tasks', { headers: { authorization } })
    expect(answer.status).toBe(401)
  })
})

describe('an answer to a sender', () => {
  it('is never rendered as a page, whatever it echoes', async () => {
    const sources = {
      box: { use: 'dropbox', options: { secret: 'a-secret-of-dropbox' } },
      x: { use: 'x', options: { secret: 'a-secret-of-x' } },
    }
    const { app } = await openApp({ sources })
    for (const path of [
      '/api/webhooks/box?challenge=<script>',
      '/api/webhooks/x?crc_token=abc',
      '/api/webhooks/%3Cscript%3E',
      '/%3Cscript%3E',
      '/api/tasks',
    ]) {
      const answer = await app.request(path)
      expect(answer.headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(answer.headers.get('content-type'), path).toMatch(/^(text\/plain|application\/)/)
    }
  })

  it('does not reveal an internal error', async () => {
    const { app, logged } = await openApp(
      { sources: { box: { use: 'custom', options: { unverified: true } } } },
      (store) =>
        new Proxy(store, {
          get: (target, name) => {
            if (name !== 'accept') {
              const value: unknown = Reflect.get(target, name)
              return typeof value === 'function' ? value.bind(target) : value
            }
            return async () => {
              throw Object.assign(new Error('/secret/path of the store'), {
                name: 'HooklineError',
                code: 'store_too_new',
                remedy: 'look at /secret/path',
                fields: {},
              })
            }
          },
        }),
    )
    const answer = await app.request('/api/webhooks/box', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('/secret/path')
    expect(logged.map(({ message }) => message)).toContain('request failed')
  })
})
