import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Outcome, ProgramRun } from '../../../core/contracts/executor.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import {
  aborted,
  addTask,
  createConfig,
  createLogger,
  inState,
  type Program,
  SETTINGS,
  startWorker,
  storeForEach,
  until,
} from './setup.ts'

const SUCCEEDED: Outcome = { status: 'succeeded' }
const ONE_ATTEMPT = { ...SETTINGS.retry, attempts: 1, lostAttempts: 1 }

const opened = storeForEach()

/** A program that runs until it is told to stop, and claims to have succeeded all the same. */
function createStubborn() {
  const reasons: unknown[] = []
  const run = async ({ signal }: ProgramRun) => {
    reasons.push(await aborted(signal))
    return SUCCEEDED
  }
  return { run, reasons }
}

function start(program: Program, changed: Partial<StoreInstance> = {}) {
  const logger = createLogger()
  const config = createConfig({ any: program }, { leaseSeconds: 1 })
  const worker = startWorker({ ...opened.store, ...changed }, () => config, { logger })
  return { worker, logger }
}

function claimAsOther() {
  return opened.store.claim({
    node: 'b',
    limit: 1,
    leaseSeconds: 30,
    programs: [{ name: 'any', concurrency: null, rateLimit: null }],
  })
}

describe('leases', () => {
  it('keeps a lease for as long as the program runs', async () => {
    let looks = 0
    const run = async ({ taskId }: ProgramRun) => {
      const startedAt = Date.now()
      await until(async () => {
        expect(await claimAsOther()).toEqual([])
        expect(await opened.store.task(taskId)).toMatchObject({ state: 'running', node: 'a' })
        looks++
        return Date.now() - startedAt > 2500
      })
      return SUCCEEDED
    }
    start({ run })
    const taskId = await addTask(opened.store, 'any')
    expect(await inState(opened.store, taskId, 'succeeded')).toMatchObject({ attempts: 1 })
    expect(looks).toBeGreaterThan(2)
  })

  it('stops a program whose task was claimed by another node, and does not settle it', async () => {
    const stubborn = createStubborn()
    const { worker, logger } = start(stubborn)
    const taskId = await addTask(opened.store, 'any')
    await until(() => worker.activeRuns().length === 1)
    const claims = await until(async () => {
      opened.time.aheadMs = 60_000
      const claims = await claimAsOther()
      opened.time.aheadMs = 0
      return claims.length > 0 ? claims : null
    })
    await until(() => worker.activeRuns().length === 0)
    expect(stubborn.reasons).toEqual(['lease_lost'])
    expect(await opened.store.task(taskId)).toMatchObject({
      state: 'running',
      node: 'b',
      attempts: 1,
      lostAttempts: 1,
    })
    expect(claims[0]?.lease.taskId).toBe(taskId)
    await worker.stop(1)
    expect(logger.lines.map(({ message }) => message)).toContain(
      'task not recorded: its lease was lost',
    )
  })

  it.each([
    ['fails', () => Promise.reject(new Error('gone'))],
    ['hangs', () => new Promise<never>(() => {})],
  ])('stops a program whose lease ran out because renewing %s', async (_how, renew) => {
    const stubborn = createStubborn()
    start({ ...stubborn, settings: { retry: ONE_ATTEMPT } }, { renew })
    const taskId = await addTask(opened.store, 'any')
    await until(() => stubborn.reasons.length === 1)
    expect(stubborn.reasons).toEqual(['lease_lost'])
    expect(await inState(opened.store, taskId, 'dead')).toMatchObject({
      reason: expect.stringMatching(/^lost once: /),
    })
  })

  it('stops a program that is cancelled where no one tells of it', async () => {
    const stubborn = createStubborn()
    const taskId = await addTask(opened.store, 'any')
    const { worker } = start(stubborn, { subscribe: () => () => {} })
    await until(() => worker.activeRuns().length === 1)
    await opened.store.cancel(taskId)
    await inState(opened.store, taskId, 'cancelled')
    expect(stubborn.reasons).toEqual(['cancelled'])
  })

  it('keeps the leases of running programs while the clock is set forward', async () => {
    const clock = () => Date.now() + opened.time.aheadMs
    const ended = Promise.withResolvers<Outcome>()
    const reasons: unknown[] = []
    const run = ({ signal }: ProgramRun) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      return ended.promise
    }
    const config = createConfig({ any: { run } }, { leaseSeconds: 2 })
    const worker = startWorker(opened.store, () => config, { clock })
    const taskId = await addTask(opened.store, 'any')
    await until(() => worker.activeRuns().length === 1)
    opened.time.aheadMs = 3_600_000
    // Each of these makes the node claim, which takes back what is lost.
    for (let more = 0; more < 5; more++) {
      await addTask(opened.store, 'unknown')
      await sleep(300)
    }
    expect(reasons).toEqual([])
    ended.resolve(SUCCEEDED)
    expect(await inState(opened.store, taskId, 'succeeded')).toMatchObject({
      attempts: 1,
      lostAttempts: 0,
    })
  })

  it('does not run a task again whose last attempt ended with its node', async () => {
    let runs = 0
    const taskId = await addTask(opened.store, 'any')
    expect(await claimAsOther()).toHaveLength(1)
    opened.time.aheadMs = 60_000
    const run = async () => {
      runs++
      return SUCCEEDED
    }
    start({ run, settings: { retry: ONE_ATTEMPT } })
    const task = await inState(opened.store, taskId, 'dead')
    expect(task.reason).toMatch(/^lost once: its node ended/)
    expect(runs).toBe(0)
    expect((await opened.store.attempts(taskId)).map(({ status }) => status)).toEqual([
      'lost',
      'failed',
    ])
  })
})
