import { describe, expect, it } from 'vitest'
import { RateLimiter } from '../../../core/receive/rate-limit.ts'

function open(perSecond: number, burst: number) {
  let now = 1_000_000
  const limit = new RateLimiter({ perSecond, burst, clock: () => now })
  const takeAll = (): number => {
    let taken = 0
    while (limit.take().ok) taken++
    return taken
  }
  const pass = (seconds: number) => {
    now += seconds * 1000
  }
  return { limit, takeAll, pass }
}

describe('RateLimit', () => {
  it('lets a burst through, then says when to come again', () => {
    const { limit, takeAll } = open(2, 5)
    expect(takeAll()).toBe(5)
    expect(limit.take()).toEqual({ ok: false, retryAfterSeconds: 0.5 })
  })

  it('lets the next through after exactly that time', () => {
    const { limit, takeAll, pass } = open(0.1, 1)
    takeAll()
    pass(4)
    expect(limit.take()).toEqual({ ok: false, retryAfterSeconds: expect.closeTo(6) })
    pass(6)
    expect(limit.take()).toEqual({ ok: true })
    expect(limit.take().ok).toBe(false)
  })

  it('never saves up more than a burst', () => {
    const { takeAll, pass } = open(10, 3)
    pass(3600)
    expect(takeAll()).toBe(3)
    pass(0.2)
    expect(takeAll()).toBe(2)
  })

  it('holds the rate over time, however often it is asked', () => {
    const { limit, pass } = open(3, 1)
    let taken = 0
    for (let step = 0; step < 10_000; step++) {
      if (limit.take().ok) taken++
      pass(0.001)
    }
    expect(taken).toBeGreaterThanOrEqual(29)
    expect(taken).toBeLessThanOrEqual(31)
  })

  it('stands a clock that is set back', () => {
    const { limit, takeAll, pass } = open(1, 2)
    takeAll()
    pass(-3600)
    expect(limit.take()).toEqual({ ok: false, retryAfterSeconds: 1 })
    pass(1)
    expect(limit.take()).toEqual({ ok: true })
  })
})
