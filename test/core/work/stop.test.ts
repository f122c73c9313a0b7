import { describe, expect, it } from 'vitest'
import type { Outcome, ProgramRun } from '../../../core/contracts/executor.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import {
  aborted,
  addTask,
  createConfig,
  createLogger,
  inState,
  SETTINGS,
  startWorker,
  storeForEach,
  until,
} from './setup.ts'

const SUCCEEDED: Outcome = { status: 'succeeded' }

const opened = storeForEach()

/** A program that runs until it is let go, or is told to stop. */
function createGate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  const reasons: unknown[] = []
  const run = async ({ signal }: ProgramRun): Promise<Outcome> => {
    await Promise.race([promise, aborted(signal)])
    if (signal.aborted) reasons.push(signal.reason)
    return SUCCEEDED
  }
  return { run, open: () => resolve(), reasons }
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
}

describe('stop', () => {
  it('lets running programs end, claims no more and closes executors last', async () => {
    const gate = createGate()
    const order: string[] = []
    const run = async (given: ProgramRun) => {
      const outcome = await gate.run(given)
      order.push('ended')
      return outcome
    }
    const close = async () => {
      order.push('closed')
    }
    const config = createConfig({ any: { run, close } })
    const worker = startWorker(opened.store, () => config)
    const running = await addTask(opened.store, 'any')
    await until(() => worker.activeRuns().length === 1)
    const stopped = worker.stop(20)
    const later = await addTask(opened.store, 'any')
    gate.open()
    await stopped
    expect(order).toEqual(['ended', 'closed'])
    expect(await opened.store.task(running)).toMatchObject({ state: 'succeeded' })
    expect(await opened.store.task(later)).toMatchObject({ state: 'waiting', attempts: 0 })
    expect(() => worker.start()).toThrow('stopped')
  })

  it('can be called again to shorten the time, and after the end', async () => {
    const timersBefore = countTimers()
    const gate = createGate()
    const config = createConfig({ any: { run: gate.run } })
    const worker = startWorker(opened.store, () => config)
    await addTask(opened.store, 'any')
    await until(() => worker.activeRuns().length === 1)
    const patient = worker.stop(600)
    await worker.stop(0)
    await patient
    expect(gate.reasons).toEqual(['stopping'])
    await worker.stop(600)
    expect(countTimers()).toBe(timersBefore)
  })

  it('hands back what still runs after its time, uncounted, and another worker runs it', async () => {
    const gate = createGate()
    const config = createConfig({ any: { run: gate.run } })
    const first = startWorker(opened.store, () => config)
    const taskId = await addTask(opened.store, 'any')
    await until(() => first.activeRuns().length === 1)
    await first.stop(0.05)
    expect(gate.reasons).toEqual(['stopping'])
    expect(await opened.store.task(taskId)).toMatchObject({ state: 'waiting', attempts: 0 })

    gate.open()
    const second = startWorker(opened.store, () => config, { nodeName: 'b' })
    expect(await inState(opened.store, taskId, 'succeeded')).toMatchObject({ attempts: 1 })
    await second.stop(1)
    const attempts = await opened.store.attempts(taskId)
    expect(attempts.map(({ node, status }) => [node, status])).toEqual([
      ['a', 'returned'],
      ['b', 'succeeded'],
    ])
  })

  it('does not wait for ever for a program that does not stop', async () => {
    const logger = createLogger()
    const config = createConfig({ deaf: { run: () => new Promise(() => {}) } })
    const worker = startWorker(opened.store, () => config, { logger, killAfterSeconds: 0.05 })
    const taskId = await addTask(opened.store, 'deaf')
    await until(() => worker.activeRuns().length === 1)
    await worker.stop(0)
    expect(await opened.store.task(taskId)).toMatchObject({ state: 'waiting', attempts: 0 })
    expect(logger.lines.find(({ level }) => level === 'error')?.message).toContain('did not stop')
  })

  it('settles a program that ignores its time limit, and goes on', async () => {
    const settings = { timeoutSeconds: 0.02, retry: { ...SETTINGS.retry, attempts: 1 } }
    const config = createConfig(
      {
        deaf: { run: () => new Promise(() => {}), settings },
        any: { run: async () => SUCCEEDED },
      },
      { concurrency: 1 },
    )
    startWorker(opened.store, () => config, { killAfterSeconds: 0.05 })
    const deaf = await addTask(opened.store, 'deaf')
    const next = await addTask(opened.store, 'any')
    expect(await inState(opened.store, deaf, 'dead')).toMatchObject({
      reason: 'time limit of 0.02 s reached; the program did not stop',
    })
    await inState(opened.store, next, 'succeeded')
  })

  it('records what ended once the store is back', async () => {
    const faults = { claim: 2, settle: 2 }
    const full = () => Promise.reject(new Error('disk full'))
    const broken: Partial<StoreInstance> = {
      claim: (request) => (faults.claim-- > 0 ? full() : opened.store.claim(request)),
      settle: (lease, settlement) =>
        faults.settle-- > 0 ? full() : opened.store.settle(lease, settlement),
    }
    const logger = createLogger()
    let runs = 0
    const run = async () => {
      runs++
      return SUCCEEDED
    }
    const config = createConfig({ any: { run } })
    const taskId = await addTask(opened.store, 'any')
    const worker = startWorker({ ...opened.store, ...broken }, () => config, { logger })
    await inState(opened.store, taskId, 'succeeded')
    await worker.stop(1)
    expect(runs).toBe(1)
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(4)
  })
})

describe('configChanged', () => {
  it('runs new programs, and closes an executor that is gone after its last run', async () => {
    const gate = createGate()
    const closed: string[] = []
    const close = (name: string) => async () => {
      closed.push(name)
    }
    const stays = createConfig({ stays: { run: async () => SUCCEEDED, close: close('stays') } })
    const old = createConfig({ old: { run: gate.run, close: close('old') } })
    const both = (...configs: (typeof old)[]) => ({
      ...old,
      programs: new Map(configs.flatMap((config) => [...config.programs])),
    })
    let config = both(stays, old)
    const worker = startWorker(opened.store, () => config)
    const running = await addTask(opened.store, 'old')
    await until(() => worker.activeRuns().length === 1)
    const unknown = await addTask(opened.store, 'new')

    const added = createConfig({ new: { run: async () => SUCCEEDED, close: close('new') } })
    config = both(stays, added)
    worker.configChanged()
    await inState(opened.store, unknown, 'succeeded')
    expect(closed).toEqual([])
    gate.open()
    await inState(opened.store, running, 'succeeded')
    expect(closed).toEqual(['old'])
    await worker.stop(1)
    expect(closed.toSorted()).toEqual(['new', 'old', 'stays'])
  })
})
