import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { DocumentClaim } from '../../../core/work/document-claim.ts'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { until } from './setup.ts'

async function setUp() {
  const store = await openSqlite()
  const clock = { now: Date.now() }
  const place = { collection: 'some-work', name: 'holder' }
  const claimOf = (node: string) => {
    return new DocumentClaim({ store, clock: () => clock.now, node, place })
  }
  return { store, clock, one: claimOf('a'), other: claimOf('b') }
}

describe('a claim that a document keeps', () => {
  it('leaves the work to the node that has begun it', async () => {
    const { clock, one, other } = await setUp()
    expect(one.isHeld).toBe(false)
    expect(await one.take()).toBe(true)
    expect(await one.take()).toBe(true)
    expect(one.isHeld).toBe(true)
    expect(await other.take()).toBe(false)
    await other.release()
    expect(await other.take()).toBe(false)
    clock.now += 15_001
    expect(one.isHeld).toBe(false)
    expect(await other.take()).toBe(true)
    expect(await one.take()).toBe(false)
    await other.release()
    expect(await one.take()).toBe(true)
  })

  it('does not outlast a holder whose clock was a month ahead', async () => {
    const { clock, one, other } = await setUp()
    const now = clock.now
    clock.now += 30 * 24 * 3_600_000
    expect(await one.take()).toBe(true)
    clock.now = now
    expect(await other.take()).toBe(true)
    await other.release()
    await one.release()
  })

  it('lasts for as long as the work takes', async () => {
    const { store, clock, one, other } = await setUp()
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    await one.take()
    const [first] = await store.documents('some-work')
    clock.now += 10_000
    vi.advanceTimersByTime(10_000)
    await until(async () => (await store.documents('some-work'))[0]?.value !== first?.value)
    clock.now += 10_000
    expect(await other.take()).toBe(false)
    await one.release()
    expect(await other.take()).toBe(true)
    await other.release()
  })

  it('tells its holder once another node has taken it, which it then leaves alone', async () => {
    const { clock, one, other } = await setUp()
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const lost = vi.fn()
    await one.take(lost)
    clock.now += 15_001
    expect(await other.take()).toBe(true)
    vi.advanceTimersByTime(5000)
    await until(() => lost.mock.calls.length === 1)
    await other.release()
    vi.advanceTimersByTime(60_000)
    await one.release()
    expect(lost).toHaveBeenCalledOnce()
    expect(await other.take()).toBe(true)
    await other.release()
  })
})
