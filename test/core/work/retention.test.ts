import { describe, expect, it } from 'vitest'
import type { Pruned, PruneRequest } from '../../../core/contracts/retention.ts'
import { NO_METER } from '../../../core/kit/no-meter.ts'
import type { Settings } from '../../../core/settings/settings.ts'
import { settingsSchema } from '../../../core/settings/settings.ts'
import { Retention, type RetentionOptions } from '../../../core/work/retention.ts'
import { addTask, createConfig, createLogger, startWorker, storeForEach, until } from './setup.ts'

const DAY_MS = 86_400_000
const DEFAULTS = settingsSchema.parse({}).retention

const opened = storeForEach()

function createRetention(settings: Settings['retention'], options: Partial<RetentionOptions> = {}) {
  const logger = createLogger()
  const retention = new Retention({
    store: opened.store,
    settings: () => settings,
    logger,
    meter: NO_METER,
    clock: () => Date.now() + opened.time.aheadMs,
    random: () => 0,
    ...options,
  })
  return { retention, logger }
}

/** Tasks that ended at the time of the store's clock. */
async function addEnded(count: number): Promise<readonly string[]> {
  const ids = await Promise.all(
    Array.from({ length: count }, () => addTask(opened.store, 'deploy')),
  )
  await Promise.all(ids.map((id) => opened.store.cancel(id)))
  return ids
}

async function isKept(taskId: string): Promise<boolean> {
  return (await opened.store.task(taskId)) !== null
}

describe('retention', () => {
  it('deletes what ended long ago, and says so in one line', async () => {
    const ids = await addEnded(3)
    const delivery = (await opened.store.task(ids[0] ?? ''))?.deliveryId ?? ''
    const pruned: [string, number][] = []
    const ends: number[] = []
    const meter = {
      ...NO_METER,
      pruned: (kind: string, count: number) => pruned.push([kind, count]),
      pruneEnded: (at: number) => ends.push(at),
    }
    const { retention, logger } = createRetention(DEFAULTS, { meter })
    await retention.prune()
    expect(await Promise.all(ids.map(isKept))).toEqual([true, true, true])
    expect(logger.lines).toEqual([])
    opened.time.aheadMs = 91 * DAY_MS
    await retention.prune()
    expect(await Promise.all(ids.map(isKept))).toEqual([false, false, false])
    expect(await opened.store.delivery(delivery)).toBeNull()
    expect(logger.lines).toMatchObject([
      {
        level: 'info',
        message: 'old records were deleted',
        fields: { deliveries: 3, tasks: 3, logs: 0 },
      },
    ])
    expect(pruned).toEqual([
      ['deliveries', 3],
      ['tasks', 3],
    ])
    expect(ends).toHaveLength(2)
  })

  it('keeps what waits and what runs, however old it is', async () => {
    const waiting = await addTask(opened.store, 'nothing-runs-this')
    const running = await addTask(opened.store, 'deploy')
    const ended = Promise.withResolvers<void>()
    const config = createConfig({
      deploy: { run: () => ended.promise.then(() => ({ status: 'succeeded' })) },
    })
    const worker = startWorker(opened.store, () => config)
    await until(() => worker.activeRuns().length === 1)
    const none = { days: 0.000001, count: 1 }
    const settings = { deliveries: none, tasks: none, logs: { days: 0.000001 }, everySeconds: 60 }
    const { retention } = createRetention(settings, { clock: () => Date.now() + 1000 * DAY_MS })
    await retention.prune()
    expect([await isKept(waiting), await isKept(running)]).toEqual([true, true])
    ended.resolve()
    await until(async () => (await opened.store.task(running))?.state === 'succeeded')
    await retention.prune()
    expect([await isKept(waiting), await isKept(running)]).toEqual([true, false])
  })

  it('deletes output before its task', async () => {
    const [id = ''] = await addEnded(1)
    const text = 'said'
    await opened.store.appendLog([{ taskId: id, attempt: 1, stream: 'stdout', at: 1, text }])
    opened.time.aheadMs = 31 * DAY_MS
    const { retention } = createRetention(DEFAULTS)
    await retention.prune()
    expect(await isKept(id)).toBe(true)
    expect(await opened.store.readLog(id, { limit: 10 })).toEqual([])
  })

  it('keeps the newest where there is a number', async () => {
    const ids = await addEnded(5)
    const deliveries = { days: null, count: 2 }
    const { retention } = createRetention({ ...DEFAULTS, deliveries })
    await retention.prune()
    expect(await Promise.all(ids.map(isKept))).toEqual([false, false, false, true, true])
  })

  it('asks only for old counts to be deleted where all is kept', async () => {
    const all = { days: null, count: null }
    const asked: PruneRequest[] = []
    const prune = async (request: PruneRequest): Promise<Pruned> => {
      asked.push(request)
      return { deliveries: 0, tasks: 0, logs: 0, more: false }
    }
    const settings = { deliveries: all, tasks: all, logs: { days: null }, everySeconds: 60 }
    await createRetention(settings, { store: { ...opened.store, prune } }).retention.prune()
    const [{ countsAt, limit, ...others } = {}, ...more] = asked as Partial<PruneRequest>[]
    expect(countsAt).toBeGreaterThan(0)
    expect(limit).toBeGreaterThan(0)
    expect(new Set(Object.values(others))).toEqual(new Set([null]))
    expect(more).toEqual([])
  })

  it('is harmless on several nodes at once', async () => {
    const ids = await addEnded(600)
    opened.time.aheadMs = 91 * DAY_MS
    let deliveries = 0
    const meter = {
      ...NO_METER,
      pruned: (kind: string, count: number) => {
        if (kind === 'deliveries') deliveries += count
      },
    }
    const nodes = Array.from({ length: 4 }, () => createRetention(DEFAULTS, { meter }))
    await Promise.all(nodes.map(({ retention }) => retention.prune()))
    expect(deliveries).toBe(600)
    expect((await Promise.all(ids.map(isKept))).some(Boolean)).toBe(false)
    const errors = nodes.flatMap(({ logger }) => logger.lines.filter((l) => l.level === 'error'))
    expect(errors).toEqual([])
  })

  it('stops at once, between two batches and in its wait', async () => {
    let batches = 0
    const prune = async (): Promise<Pruned> => {
      batches++
      return { deliveries: 1, tasks: 0, logs: 0, more: true }
    }
    const { retention } = createRetention(DEFAULTS, { store: { ...opened.store, prune } })
    retention.start()
    await until(() => batches > 2)
    const started = performance.now()
    await retention.stop()
    expect(performance.now() - started).toBeLessThan(1000)
    const before = batches
    await retention.prune()
    expect(batches).toBe(before)
    const idle = createRetention(DEFAULTS, { random: () => 0.99 }).retention
    idle.start()
    await idle.stop()
  })

  it('does not wait for a store that hangs when it stops', async () => {
    let asked = false
    const prune = (): Promise<Pruned> => {
      asked = true
      return new Promise(() => {})
    }
    const { retention } = createRetention(DEFAULTS, { store: { ...opened.store, prune } })
    retention.start()
    await until(() => asked)
    const started = performance.now()
    await retention.stop()
    expect(performance.now() - started).toBeLessThan(4000)
  })

  it('tries again at the next time what the store did not take', async () => {
    let asked = 0
    const prune = async (): Promise<Pruned> => {
      asked++
      if (asked === 1) throw new Error('the disk is full')
      return { deliveries: 0, tasks: 0, logs: 0, more: false }
    }
    const settings = { ...DEFAULTS, everySeconds: 0.02 }
    const { retention, logger } = createRetention(settings, { store: { ...opened.store, prune } })
    retention.start()
    await until(() => asked >= 2)
    await retention.stop()
    expect(logger.lines.map(({ message }) => message)).toEqual(['old records could not be deleted'])
  })

  it('holds up no accept', async () => {
    await addEnded(1000)
    opened.time.aheadMs = 91 * DAY_MS
    const { retention } = createRetention(DEFAULTS)
    let isDone = false
    const pruning = retention.prune().finally(() => {
      isDone = true
    })
    const waits: number[] = []
    while (!isDone) {
      const begun = performance.now()
      await addTask(opened.store, 'deploy')
      waits.push(performance.now() - begun)
    }
    await pruning
    waits.sort((one, other) => one - other)
    expect(waits.length).toBeGreaterThan(20)
    // The longest alone may be the machine's.
    expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThan(200)
  })
})
