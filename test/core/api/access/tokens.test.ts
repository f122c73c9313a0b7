import { describe, expect, it, vi } from 'vitest'
import { createToken, hasTokenFormat } from '../../../../core/api/access/tokens/token-format.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'
import { call, makeToken, signIn } from './calls.ts'

const create = (json: unknown) => ({ token: ADMIN_TOKEN, json })

describe('a token', () => {
  it('is shown once, and kept as a hash', async () => {
    const opened = await openApp({})
    const answer = await call(opened, 'POST /api/tokens', create({ name: 'ci', role: 'operator' }))
    const made = (await answer.json()) as { token: string }
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe('/api/tokens/ci')
    expect(made).toMatchObject({
      name: 'ci',
      role: 'operator',
      createdBy: 'admin',
      expiresAt: null,
    })
    expect(hasTokenFormat(made.token)).toBe(true)

    const listed = await (await call(opened, 'GET /api/tokens', { token: ADMIN_TOKEN })).text()
    const kept = await opened.store.documents('tokens')
    const audit = await opened.store.auditEntries({ limit: 100 })
    expect(kept).toHaveLength(1)
    expect(listed).toContain('"ci"')
    const random = made.token.slice(4, 30)
    for (const text of [listed, JSON.stringify(kept), JSON.stringify(audit)]) {
      expect(text).not.toContain(random)
    }
    expect(listed).not.toContain('hash')
  })

  it('is refused if its name is taken, and the first one stays valid', async () => {
    const opened = await openApp({})
    const token = await makeToken(opened, 'ci', { role: 'viewer' })
    for (const name of ['ci', 'admin', 'Admin', 'hookline', 'unknown']) {
      const answer = await call(opened, 'POST /api/tokens', create({ name, role: 'admin' }))
      expect(await answer.json(), name).toMatchObject({ code: 'token_exists', status: 409 })
    }
    const session = await call(opened, 'GET /api/session', { token })
    expect(await session.json()).toMatchObject({ name: 'ci', role: 'viewer', via: 'token' })
  })

  it('is created once if two callers request one name at once', async () => {
    const opened = await openApp({})
    const other = await openApp({}, (store) => store, { besides: opened })
    const asked = [opened, other, opened, other].map((app) =>
      call(app, 'POST /api/tokens', create({ name: 'one', role: 'viewer' })),
    )
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, 409, 409, 409])
  })

  it.each([
    [{ name: 'x' }, 'role'],
    [{ name: 'x', role: 'root' }, 'role'],
    [{ name: '', role: 'viewer' }, 'name'],
    [{ name: '../x', role: 'viewer' }, 'name'],
    [{ name: 'x\n', role: 'viewer' }, 'name'],
    [{ name: '.x', role: 'viewer' }, 'name'],
    [{ name: 'x'.repeat(65), role: 'viewer' }, 'name'],
    [{ name: { toString: 'x' }, role: 'viewer' }, 'name'],
    [{ name: 'x', role: 'viewer', hash: 'aa' }, 'hash'],
    [{ name: 'x', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: 'x', role: 'viewer', expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ name: 'x', role: 'viewer', expiresAt: 1e300 }, 'expiresAt'],
    [[], 'body'],
    [null, 'body'],
    ['x', 'body'],
  ])('is not created from %j', async (json, place) => {
    const opened = await openApp({})
    const answer = await call(opened, 'POST /api/tokens', create(json))
    const problem = (await answer.json()) as { detail: string }
    expect(problem).toMatchObject({ code: 'request_invalid', status: 400 })
    expect(problem.detail).toContain(place)
    expect(await opened.store.documents('tokens')).toEqual([])
  })

  it.each([
    ['text/plain', '{}', 415],
    ['application/json', '{', 400],
    ['application/json', '', 400],
    ['application/json', `{"name":"${'x'.repeat(5000)}"}`, 413],
    ['application/json', '['.repeat(2000), 400],
    ['application/json', '{"__proto__":{"role":"admin"},"name":"x"}', 400],
  ])('is not created from a body of %s: %.20s', async (type, body, status) => {
    const { app } = await openApp({})
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': type }
    const answer = await app.request('/api/tokens', { method: 'POST', headers, body })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  })

  it('expires at its time', async () => {
    let now = Date.now()
    const opened = await openApp({}, (store) => store, { clock: () => now })
    const expiresAt = new Date(now + 60_000).toISOString()
    const token = await makeToken(opened, 'short', { role: 'viewer', expiresAt })
    now += 59_999
    expect((await call(opened, 'GET /api/tasks', { token })).status).toBe(200)
    now += 1
    expect((await call(opened, 'GET /api/tasks', { token })).status).toBe(401)
  })
})

describe('a revoked token', () => {
  it('is refused at once here and soon by other nodes, with its sessions', async () => {
    const opened = await openApp({})
    const other = await openApp({}, (store) => store, { besides: opened })
    const token = await makeToken(opened, 'ci', { role: 'viewer' })
    const { cookie } = await signIn(opened, token)
    const statusOf = async (app: typeof opened, given: object) =>
      (await call(app, 'GET /api/tasks', given)).status
    await vi.waitFor(async () => expect(await statusOf(other, { cookie })).toBe(200))
    expect(await statusOf(other, { token })).toBe(200)

    const answer = await call(opened, 'DELETE /api/tokens/ci', { token: ADMIN_TOKEN })
    expect(answer.status).toBe(200)
    expect(await statusOf(opened, { token })).toBe(401)
    expect(await statusOf(opened, { cookie })).toBe(401)
    await vi.waitFor(async () => expect(await statusOf(other, { token })).toBe(401))
    expect(await statusOf(other, { cookie })).toBe(401)
    expect(await opened.store.documents('sessions')).toEqual([])
  })

  it('does not become valid through a new one of the same name', async () => {
    const opened = await openApp({})
    const first = await makeToken(opened, 'ci', { role: 'viewer' })
    const { cookie } = await signIn(opened, first)
    await call(opened, 'DELETE /api/tokens/ci', { token: ADMIN_TOKEN })
    const second = await makeToken(opened, 'ci', { role: 'admin' })
    expect((await call(opened, 'GET /api/tasks', { token: first })).status).toBe(401)
    expect((await call(opened, 'GET /api/tasks', { cookie })).status).toBe(401)
    expect((await call(opened, 'GET /api/tasks', { token: second })).status).toBe(200)
  })
})

describe('tokens of a store that does not answer', () => {
  it('are accepted from memory for a while, then not at all', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
    try {
      let isDown = false
      const opened = await openApp({}, (store) => failing(store, () => isDown))
      const token = await makeToken(opened, 'ci', { role: 'viewer' })
      const { cookie } = await signIn(opened, token)
      const ask = async (given: object) => (await call(opened, 'GET /api/session', given)).status
      isDown = true
      await vi.advanceTimersByTimeAsync(10_000)
      expect([await ask({ token }), await ask({ cookie })]).toEqual([200, 200])
      await vi.advanceTimersByTimeAsync(10_000)
      expect([await ask({ token }), await ask({ cookie })]).toEqual([503, 503])
      expect(await ask({ token: ADMIN_TOKEN })).toBe(200)
      isDown = false
      await vi.advanceTimersByTimeAsync(3000)
      await vi.waitFor(async () => expect(await ask({ token })).toBe(200))
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a store that cannot be read after a change', () => {
  it('makes a node refuse all tokens until it can read again', { timeout: 30_000 }, async () => {
    let isDown = false
    let breaks = false
    const opened = await openApp({}, (store) => ({
      ...failing(store, () => isDown),
      writeDocuments: async (writes, audit) => {
        isDown = breaks
        return store.writeDocuments(writes, audit)
      },
    }))
    const [first, second] = [
      await makeToken(opened, 'first', { role: 'viewer' }),
      await makeToken(opened, 'second', { role: 'viewer' }),
    ]
    const statusOf = async (token: string) =>
      (await call(opened, 'GET /api/tasks', { token })).status
    breaks = true
    const answer = await call(opened, 'DELETE /api/tokens/first', { token: ADMIN_TOKEN })
    expect(answer.status).toBe(500)
    expect([await statusOf(first), await statusOf(second)]).toEqual([503, 503])
    isDown = false
    await vi.waitFor(async () => expect(await statusOf(second)).toBe(200), { timeout: 10_000 })
    expect(await statusOf(first)).toBe(401)
  })
})

describe('the format of a token', () => {
  it('is recognised by its checksum', () => {
    const token = createToken()
    expect(hasTokenFormat(token)).toBe(true)
    expect(new Set(Array.from({ length: 100 }, createToken)).size).toBe(100)
    for (const wrong of [
      '',
      'hkl_',
      token.slice(1),
      token.slice(0, -1),
      `${token}x`,
      `${token}\n`,
      token.replace('hkl_', 'hkl-'),
      `${token.slice(0, 4)}${token[4] === 'A' ? 'B' : 'A'}${token.slice(5)}`,
    ]) {
      expect(hasTokenFormat(wrong), wrong).toBe(false)
    }
  })
})

type Store = Awaited<ReturnType<typeof openApp>>['store']

function failing(store: Store, isDown: () => boolean): Store {
  return {
    ...store,
    documentsVersion: async () => {
      if (isDown()) throw new Error('the store is down')
      return store.documentsVersion()
    },
  }
}
