import { describe, expect, it, vi } from 'vitest'
import { Throttle } from '../../../../core/api/access/throttle.ts'
import { createToken } from '../../../../core/api/access/tokens/token-format.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'
import { call, makeToken, signIn } from './calls.ts'

function throttleAt() {
  const clock = { now: 1000 }
  return { clock, throttle: new Throttle(() => clock.now) }
}

describe('the throttle', () => {
  it('limits the failures of an address within any minute', () => {
    const { clock, throttle } = throttleAt()
    for (let tries = 0; tries < 10; tries++) {
      expect(throttle.waitSeconds('192.0.2.1', 10)).toBe(0)
      throttle.failed('192.0.2.1', 10)
      clock.now += 1000
    }
    expect(throttle.waitSeconds('192.0.2.1', 10)).toBe(50)
    expect(throttle.waitSeconds('192.0.2.2', 10)).toBe(0)
    clock.now += 49_999
    expect(throttle.waitSeconds('192.0.2.1', 10)).toBe(1)
    clock.now += 1
    expect(throttle.waitSeconds('192.0.2.1', 10)).toBe(0)
    throttle.failed('192.0.2.1', 10)
    expect(throttle.waitSeconds('192.0.2.1', 10)).toBe(1)
  })

  it('counts an IPv6 network as one address, and a mapped IPv4 address as itself', () => {
    const { throttle } = throttleAt()
    throttle.failed('2001:db8:1:2::1', 1)
    expect(throttle.waitSeconds('2001:db8:1:2:ffff::9', 1)).toBe(60)
    expect(throttle.waitSeconds('2001:db8:1:3::1', 1)).toBe(0)
    throttle.failed('::ffff:192.0.2.1', 1)
    expect(throttle.waitSeconds('192.0.2.1', 1)).toBe(60)
    throttle.failed(null, 1)
    expect(throttle.waitSeconds(null, 1)).toBe(60)
  })

  it('allows ten times as many failures of all addresses', () => {
    const { throttle } = throttleAt()
    for (let host = 0; host < 20; host++) throttle.failed(`192.0.2.${host}`, 2)
    expect(throttle.waitSeconds('198.51.100.1', 2)).toBe(60)
  })

  it('forgets old addresses instead of growing', () => {
    const { clock, throttle } = throttleAt()
    const addressOf = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < 200_000; index++) {
      clock.now += 10_000
      throttle.failed(addressOf(index), 1)
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60 * 1024 * 1024)
    expect(throttle.waitSeconds(addressOf(199_999), 1)).toBe(60)
  })
})

describe('the admin API under wrong tokens', () => {
  const LIST = 'GET /api/tasks'

  it('answers 429, even to a right one that a person chose', async () => {
    const opened = await openApp({ admin: { maxFailures: 3 } })
    const wrong = { token: 'wrong' }
    const statuses: number[] = []
    for (let tries = 0; tries < 5; tries++) {
      statuses.push((await call(opened, LIST, wrong)).status)
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    const answer = await call(opened, LIST, { token: ADMIN_TOKEN })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50)
    const login = await call(opened, 'POST /api/session', { json: { token: ADMIN_TOKEN } })
    expect(login.status).toBe(429)
  })

  it('does not lock out holders of generated tokens and sessions', async () => {
    const opened = await openApp({ admin: { maxFailures: 1 } })
    const token = await makeToken(opened, 'ci', { role: 'viewer' })
    const session = await signIn(opened, token)
    await call(opened, LIST, { token: 'wrong' })
    expect((await call(opened, LIST, { token: ADMIN_TOKEN })).status).toBe(429)
    expect((await call(opened, LIST, { token: createToken() })).status).toBe(429)
    expect((await call(opened, LIST, { token })).status).toBe(200)
    expect((await call(opened, LIST, session)).status).toBe(200)
  })

  it('does not count calls without a token or with an ended session', async () => {
    const opened = await openApp({ admin: { maxFailures: 1 } })
    for (let tries = 0; tries < 5; tries++) {
      expect((await call(opened, LIST)).status).toBe(401)
      expect((await call(opened, LIST, { cookie: 'hookline-session=a.b' })).status).toBe(401)
    }
    expect((await call(opened, LIST, { token: ADMIN_TOKEN })).status).toBe(200)
  })

  it('allows no more concurrent attempts than sequential ones', async () => {
    const opened = await openApp({ admin: { maxFailures: 5 } })
    const asked = Array.from({ length: 50 }, () => call(opened, LIST, { token: 'wrong' }))
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
  })
})

describe('refused calls', () => {
  it('are recorded one by one, then summed up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] })
    try {
      const opened = await openApp({ admin: { maxFailures: 1000 } })
      for (let tries = 0; tries < 500; tries++) {
        await call(opened, `GET /api/tasks/${tries}?token=hidden`, { token: 'wrong' })
      }
      const entries = async () =>
        (await opened.store.auditEntries({ limit: 1000 })).filter(
          ({ action }) => action === 'access.refused',
        )
      expect(await entries()).toHaveLength(20)
      expect((await entries())[3]).toMatchObject({
        ...{ actor: 'unknown', target: 'GET /api/tasks/3', outcome: 'refused' },
        detail: '{"code":"unauthorized"}',
      })
      // What a known caller tries is not lost among it.
      const token = await makeToken(opened, 'eve', { role: 'viewer' })
      await call(opened, 'POST /api/tasks/none/retry', { token })
      expect((await entries()).at(-1)).toMatchObject({
        actor: 'eve',
        detail: '{"code":"forbidden"}',
      })
      await vi.advanceTimersByTimeAsync(61_000)
      const [last] = (await entries()).slice(-1)
      expect(await entries()).toHaveLength(22)
      expect(last).toMatchObject({ actor: 'hookline', target: 'more calls' })
      expect(JSON.parse(last?.detail ?? '')).toEqual({ calls: 480, clients: ['unknown'] })
    } finally {
      vi.useRealTimers()
    }
  })

  it('are all recorded if the node stops before', async () => {
    const stop = new AbortController()
    const opened = await openApp({ admin: { maxFailures: 1000 } }, (store) => store, {
      more: async () => ({ stopping: stop.signal }),
    })
    for (let tries = 0; tries < 30; tries++) await call(opened, 'GET /api/tasks')
    stop.abort()
    const entries = await opened.store.auditEntries({ limit: 1000 })
    expect(entries).toHaveLength(21)
    expect(JSON.parse(entries.at(-1)?.detail ?? '')).toMatchObject({ calls: 10 })
  })
})
