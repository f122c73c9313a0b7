import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, openApp } from '../app.ts'
import { call, HOST } from './calls.ts'

const LIST = 'GET /api/tasks'

describe('an admin call through a tunnel or a proxy', () => {
  const PROXIED = [
    ...[
      'forwarded',
      'x-forwarded-for',
      'x-forwarded-proto',
      'x-forwarded-host',
      'X-Forwarded-Port',
    ],
    ...['x-real-ip', 'via', 'cf-connecting-ip', 'cf-ray', 'CF-Visitor', 'cdn-loop'],
    ...['true-client-ip', 'fly-client-ip', 'fly-region', 'ngrok-trace-id', 'x-client-ip'],
    ...['CF-Warp-Tag-Id', 'cf-anything', 'X-Original-Forwarded-For', 'CloudFront-Viewer-Country'],
    ...['x-original-host', 'tailscale-user-login', 'x-amzn-trace-id', 'x-vercel-id'],
  ]

  it('is refused with any of their headers, the right token or not', async () => {
    const opened = await openApp({})
    for (const name of PROXIED) {
      for (const token of [ADMIN_TOKEN, 'wrong']) {
        const answer = await call(opened, LIST, { token, headers: { [name]: '192.0.2.7' } })
        expect(await answer.json(), name).toMatchObject({ code: 'admin_not_public', status: 403 })
      }
      const login = { json: { token: ADMIN_TOKEN }, headers: { [name]: '' } }
      expect((await call(opened, 'POST /api/session', login)).status, name).toBe(403)
    }
  })

  it('is accepted with any of them if the admin API is public', async () => {
    const opened = await openApp({ admin: { public: true } })
    for (const name of PROXIED) {
      const answer = await call(opened, LIST, { token: ADMIN_TOKEN, headers: { [name]: 'x' } })
      expect(answer.status, name).toBe(200)
    }
  })

  it('is detected by the public host too', async () => {
    const opened = await openApp({ publicUrl: 'https://Hooks.example.com' })
    const statuses: Record<string, number> = {}
    for (const host of [
      ...[
        'hooks.example.com',
        'hooks.example.com:443',
        'HOOKS.example.com.',
        'hooks.example.com:80',
      ],
      ...[HOST, '127.0.0.1:12345', '192.0.2.1', 'hooks', 'xhooks.example.com', '[::1]:12345'],
    ]) {
      statuses[host] = (await call(opened, LIST, { token: ADMIN_TOKEN, headers: { host } })).status
    }
    expect(statuses).toEqual({
      ...{ 'hooks.example.com': 403, 'hooks.example.com:443': 403, 'HOOKS.example.com.': 403 },
      ...{ 'hooks.example.com:80': 403, [HOST]: 200, '127.0.0.1:12345': 200, '192.0.2.1': 200 },
      ...{ hooks: 200, 'xhooks.example.com': 200, '[::1]:12345': 200 },
    })
  })

  it.each(['http://localhost:12345', 'http://127.0.0.1:12345', 'http://[::1]:12345', undefined])(
    'is not known by a public host of this machine: %s',
    async (publicUrl) => {
      const opened = await openApp(publicUrl === undefined ? {} : { publicUrl })
      for (const host of [HOST, '127.0.0.1:12345', '[::1]:12345']) {
        const answer = await call(opened, LIST, { token: ADMIN_TOKEN, headers: { host } })
        expect(answer.status, host).toBe(200)
      }
    },
  )

  it('does not affect deliveries and health checks', async () => {
    const sources = { box: { use: 'custom', options: { unverified: true } } }
    const opened = await openApp({ sources, publicUrl: 'https://hooks.example.com' })
    const headers = { host: 'hooks.example.com', 'x-forwarded-for': '192.0.2.7', via: '1.1 x' }
    const sent = await call(opened, 'POST /api/webhooks/box', { headers, json: { a: 1 } })
    expect(sent.status).toBe(202)
    expect((await call(opened, 'GET /healthz', { headers })).status).toBe(200)
    expect((await call(opened, 'GET /readyz', { headers })).status).toBe(200)
  })
})

describe('security headers', () => {
  const HEADERS = {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  }

  const ANSWERS = [
    ['GET /api/tasks', ADMIN_TOKEN, 200],
    ['GET /api/tasks', 'wrong', 401],
    ['GET /api/tasks/none', ADMIN_TOKEN, 404],
    ['GET /api/tasks?limit=0', ADMIN_TOKEN, 400],
    ['POST /api/tokens', ADMIN_TOKEN, 415],
    ['GET /nothing', ADMIN_TOKEN, 404],
    ['PUT /api/tasks', ADMIN_TOKEN, 405],
    ['GET /healthz', ADMIN_TOKEN, 200],
  ] as const

  it('are set on every kind of answer', async () => {
    const plain = await openApp({})
    const secure = await openApp({ publicUrl: 'https://hooks.example.com' })
    for (const [route, token, status] of ANSWERS) {
      const answer = await call(plain, route, { token })
      expect(answer.status, route).toBe(status)
      expect(Object.fromEntries(answer.headers), route).toMatchObject(HEADERS)
      expect(answer.headers.get('strict-transport-security'), route).toBeNull()
      const { headers } = await call(secure, route, { token })
      expect(Object.fromEntries(headers), route).toMatchObject({
        ...HEADERS,
        'strict-transport-security': 'max-age=31536000',
      })
    }
  })

  it('are set on refused external calls and on internal errors', async () => {
    const opened = await openApp({}, (store) => ({
      ...store,
      tasks: () => Promise.reject(new Error('broken')),
    }))
    const refused = await call(opened, LIST, { headers: { via: 'x' } })
    const broken = await call(opened, LIST, { token: ADMIN_TOKEN })
    expect([refused.status, broken.status]).toEqual([403, 500])
    for (const answer of [refused, broken]) {
      expect(Object.fromEntries(answer.headers)).toMatchObject(HEADERS)
    }
  })
})
