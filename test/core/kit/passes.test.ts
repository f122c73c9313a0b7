import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Passes, storeRetryMs } from '../../../core/kit/passes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function create(pass: () => Promise<number>, maxShare = 1) {
  const told: unknown[] = []
  /** When passes began. */
  const begun: number[] = []
  const start = performance.now()
  const now = () => Math.round(performance.now() - start)
  const passes = new Passes({
    pass: () => {
      begun.push(now())
      return pass()
    },
    logger: { warn: ({ err }: { err?: Error }) => void told.push(err?.message) },
    fault: 'it did not work',
    maxShare,
  })
  return { passes, begun, told, now }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

describe('passes', () => {
  it('are done at the start, at their time and when they are woken, the earlier one', async () => {
    const { passes, begun } = create(async () => 1000)
    passes.wake()
    await vi.advanceTimersByTimeAsync(50)
    expect(begun).toEqual([])
    passes.start()
    await vi.advanceTimersByTimeAsync(1050)
    expect(begun).toEqual([50, 1050])
    passes.wake(500)
    passes.wake(100)
    passes.wake(300)
    await vi.advanceTimersByTimeAsync(1000)
    expect(begun).toEqual([50, 1050, 1200])
  })

  it('do not overlap: one that is asked for meanwhile follows', async () => {
    const { passes, begun } = create(async () => {
      await sleep(400)
      return 1000
    })
    passes.start()
    await vi.advanceTimersByTimeAsync(100)
    passes.wake(50)
    await vi.advanceTimersByTimeAsync(300)
    expect(begun).toEqual([0])
    await vi.advanceTimersByTimeAsync(1000)
    expect(begun).toEqual([0, 450])
  })

  it('wait for what else is done, and it for them', async () => {
    const { passes, begun, now } = create(async () => {
      await sleep(100)
      return Number.POSITIVE_INFINITY
    })
    passes.start()
    await vi.advanceTimersByTimeAsync(50)
    const other = passes.alone(async () => {
      const at = now()
      await sleep(100)
      return at
    })
    void passes.alone(() => Promise.reject(new Error('no'))).catch(() => {})
    const third = passes.now()
    await vi.advanceTimersByTimeAsync(1000)
    expect([await other, await third]).toEqual([100, undefined])
    expect(begun).toEqual([0, 200])
  })

  it('are tried again after a fault, less and less often, and it is told once', async () => {
    let fails = true
    const { passes, begun, told } = create(async () => {
      if (fails) throw new Error('full')
      return 10_000
    })
    passes.start()
    await vi.advanceTimersByTimeAsync(50)
    passes.wake()
    await vi.advanceTimersByTimeAsync(700)
    expect(begun).toEqual([0, 100, 300, 700])
    fails = false
    await vi.advanceTimersByTimeAsync(1000)
    fails = true
    await passes.now()
    expect(told).toEqual(['full', 'full'])
  })

  it('are done after the start, also if one that was asked for before it failed', async () => {
    let fails = true
    const { passes, begun } = create(async () => {
      if (fails) throw new Error('full')
      return 10_000
    })
    await passes.now()
    fails = false
    passes.start()
    await vi.advanceTimersByTimeAsync(50)
    expect(begun).toEqual([0, 0])
  })

  it('take a part of the time at most', async () => {
    const { passes, begun } = create(async () => {
      await sleep(100)
      return 200
    }, 0.1)
    passes.start()
    await vi.advanceTimersByTimeAsync(500)
    passes.wake()
    await vi.advanceTimersByTimeAsync(600)
    expect(begun).toEqual([0, 1000])
  })

  it('come again within a minute, however long the last one took, and sooner if it failed', async () => {
    const { passes, begun } = create(async () => {
      await sleep(3600_000)
      if (begun.length === 1) throw new Error('the store hung')
      return 200
    }, 0.1)
    passes.start()
    await vi.advanceTimersByTimeAsync(3 * 3600_000)
    expect(begun).toEqual([0, 3600_100, 7260_100])
  })

  it('are not begun after a stop, which waits for the last one, but not for long', async () => {
    const { passes, begun, told, now } = create(async () => {
      await passes.pause(3600_000)
      await sleep(300)
      throw passes.stopping.reason
    })
    passes.start()
    await vi.advanceTimersByTimeAsync(100)
    const stopped = passes.stop(200).then(now)
    const whole = passes.stop().then(now)
    void passes.now()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([await stopped, await whole]).toEqual([300, 400])
    expect([begun, told]).toEqual([[0], []])
  })
})

describe('the time until a store is tried again', () => {
  it.each([
    [1, 100],
    [2, 200],
    [6, 3200],
    [7, 5000],
    [5000, 5000],
  ])('after %d failures is %d ms', (failures, expected) => {
    expect(storeRetryMs(failures)).toBe(expected)
  })
})
