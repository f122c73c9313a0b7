import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../core/contracts/executor.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import {
  addTask,
  createConfig,
  inState,
  type Program,
  startWorker,
  storeForEach,
  until,
} from './setup.ts'

const SUCCEEDED: Outcome = { status: 'succeeded' }
const succeed: Program = { run: async () => SUCCEEDED }

const opened = storeForEach()

/** Starts a worker whose claims are counted. */
function start(
  programs: Record<string, Program>,
  changed: Partial<StoreInstance> = {},
  concurrency = 2,
) {
  const limits: number[] = []
  const counted: Partial<StoreInstance> = {
    claim: (request) => {
      limits.push(request.limit)
      return opened.store.claim(request)
    },
    ...changed,
  }
  const config = createConfig(programs, { concurrency })
  const worker = startWorker({ ...opened.store, ...counted }, () => config)
  return { limits, worker }
}

describe('claiming', () => {
  it('asks once and then waits until it is told of work', async () => {
    const { limits } = start({ any: succeed })
    await sleep(400)
    expect(limits).toEqual([2])
    await inState(opened.store, await addTask(opened.store, 'any'), 'succeeded')
  })

  it('finds work that no one tells of when it comes due', async () => {
    let attempts = 0
    const retry = {
      attempts: 2,
      lostAttempts: 10,
      backoffSeconds: 0.6,
      maxBackoffSeconds: 0.6,
      exitCodes: null,
    }
    const run = async (): Promise<Outcome> =>
      ++attempts === 1 ? { status: 'failed', reason: 'not yet' } : SUCCEEDED
    const taskId = await addTask(opened.store, 'any')
    const { limits } = start({ any: { run, settings: { retry } } }, { subscribe: () => () => {} })
    await inState(opened.store, taskId, 'succeeded')
    expect(limits.length).toBeLessThan(12)
  })

  it('asks for nothing while every slot is taken, and for as many as are free', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const ids = await Promise.all([1, 2, 3, 4].map(() => addTask(opened.store, 'any')))
    const { limits, worker } = start({ any: { run: () => promise } })
    await until(() => worker.activeRuns().length === 2)
    ids.push(await addTask(opened.store, 'any'))
    await sleep(200)
    expect(limits).toEqual([2])
    resolve(SUCCEEDED)
    await until(async () => (await opened.store.countTasks()).succeeded === ids.length)
    expect(Math.max(...limits)).toBe(2)
  })

  it('fills several slots at once while more tasks wait than there are slots', async () => {
    const ends: ((outcome: Outcome) => void)[] = []
    const run = () => new Promise<Outcome>((resolve) => ends.push(resolve))
    const ids = await Promise.all(Array.from({ length: 40 }, () => addTask(opened.store, 'any')))
    const { limits } = start({ any: { run } }, {}, 8)
    for (let ended = 0; ended < ids.length; ended += 2) {
      await until(() => ends.length >= Math.min(ids.length, ended + 8))
      ends[ended]?.(SUCCEEDED)
      // A claim for this slot alone would be under way by then.
      for (let turn = 0; turn < 3; turn++) await nextTurn()
      ends[ended + 1]?.(SUCCEEDED)
    }
    await until(async () => (await opened.store.countTasks()).succeeded === ids.length)
    // Not in each round: a machine that stands still for a moment makes it claim one by one.
    expect(limits).toContain(2)
  })

  it('asks for nothing where there is no program', async () => {
    const { limits } = start({})
    await addTask(opened.store, 'any')
    await sleep(100)
    expect(limits).toEqual([])
  })

  it('asks less and less often for what is said to be due but is not given', async () => {
    const { limits } = start({ any: succeed }, { nextDueAt: async () => Date.now() - 1000 })
    await sleep(700)
    expect(limits.length).toBeGreaterThan(1)
    expect(limits.length).toBeLessThan(10)
  })

  it('goes on after the store has failed', async () => {
    let faults = 3
    const claim: StoreInstance['claim'] = (request) =>
      faults-- > 0 ? Promise.reject(new Error('locked')) : opened.store.claim(request)
    const taskId = await addTask(opened.store, 'any')
    start({ any: succeed }, { claim })
    await inState(opened.store, taskId, 'succeeded')
    expect(faults).toBeLessThan(0)
  })
})
