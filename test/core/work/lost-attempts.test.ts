import { describe, expect, it } from 'vitest'
import type { Outcome, ProgramRun } from '../../../core/contracts/executor.ts'
import {
  addTask,
  createConfig,
  inState,
  type Program,
  SETTINGS,
  startWorker,
  storeForEach,
  until,
} from './setup.ts'

const SUCCEEDED: Outcome = { status: 'succeeded', exitCode: 0 }

const opened = storeForEach()

function claimAsOther(limit: number) {
  const programs = [{ name: 'any', concurrency: null, rateLimit: null }]
  return opened.store.claim({ node: 'b', limit, leaseSeconds: 30, programs })
}

/** Tasks that lost an attempt with their node so many times. */
async function loseTasks(count: number, times: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index++) ids.push(await addTask(opened.store, 'any'))
  expect(await claimAsOther(count)).toHaveLength(count)
  for (let time = 1; time <= times; time++) {
    opened.time.aheadMs += 31_000
    let taken = 0
    // One with lost attempts is given at a time.
    while (time < times && taken < count) taken += (await claimAsOther(count)).length
  }
  return ids
}

/** A program that runs until it is released, and keeps which tasks ran side by side. */
function createWatched(settings: Program['settings'] = {}) {
  const running = new Map<string, () => void>()
  const together: string[][] = []
  const runs: ProgramRun[] = []
  const run = async (given: ProgramRun): Promise<Outcome> => {
    const { taskId, signal } = given
    runs.push(given)
    await new Promise<void>((resolve) => {
      running.set(taskId, resolve)
      together.push([...running.keys()])
      signal.addEventListener('abort', () => resolve())
    })
    running.delete(taskId)
    return SUCCEEDED
  }
  const release = async (taskId: string) => {
    const end = await until(() => running.get(taskId))
    end()
    await inState(opened.store, taskId, 'succeeded')
  }
  return { program: { run, settings }, running, together, runs, release }
}

function start(program: Program) {
  return startWorker(opened.store, () => createConfig({ any: program }), {
    clock: () => Date.now() + opened.time.aheadMs,
  })
}

describe('tasks whose node was lost', () => {
  it('run one at a time, beside other tasks', async () => {
    const lost = await loseTasks(3, 1)
    const watched = createWatched()
    start(watched.program)
    const fresh = await addTask(opened.store, 'any')
    await until(() => watched.running.size === 2)
    for (const taskId of lost) {
      expect([...watched.running.keys()].toSorted()).toEqual([taskId, fresh].toSorted())
      await watched.release(taskId)
      await until(() => watched.running.size === 2 || taskId === lost.at(-1))
    }
    await watched.release(fresh)
    expect(watched.runs.map(({ attempt }) => attempt).toSorted()).toEqual([1, 2, 2, 2])
  })

  it('run with nothing beside them once they were lost twice', async () => {
    const lost = await loseTasks(2, 2)
    const fresh = await addTask(opened.store, 'any', { policy: { priority: 1 } })
    const watched = createWatched()
    start(watched.program)
    await until(() => watched.running.size === 1)
    // The first of them is claimed and waits for what runs.
    await inState(opened.store, lost[0] ?? '', 'running')
    const later = await addTask(opened.store, 'any')
    expect([...watched.running.keys()]).toEqual([fresh])
    await watched.release(fresh)
    // Others are claimed together with the next one, so that none of both kinds waits for long.
    for (const taskId of [lost[0] ?? '', later, lost[1] ?? '']) await watched.release(taskId)
    expect(watched.together).toEqual([[fresh], [lost[0]], [later], [lost[1]]])
  })

  it('are handed back by a node that stops while they wait for what runs', async () => {
    const [lost = ''] = await loseTasks(1, 2)
    await addTask(opened.store, 'any', { policy: { priority: 1 } })
    const watched = createWatched()
    const worker = start(watched.program)
    await until(() => watched.running.size === 1)
    await inState(opened.store, lost, 'running')
    await worker.stop(0)
    expect(await opened.store.task(lost)).toMatchObject({ state: 'waiting', lostAttempts: 2 })
    expect(watched.runs).toHaveLength(1)
  })

  it('are dead once they were lost too often, and the attempts of the policy do not count that', async () => {
    const [lost = ''] = await loseTasks(1, 3)
    const retry = { ...SETTINGS.retry, attempts: 1, lostAttempts: 3 }
    const watched = createWatched({ retry })
    const worker = start(watched.program)
    expect(await inState(opened.store, lost, 'dead')).toMatchObject({
      lostAttempts: 3,
      reason:
        'lost 3 times: its node ended, or could not reach the store, while it ran; the last time, nothing else ran on that node',
    })
    expect(watched.runs).toEqual([])
    // It would take the next task before that is lost.
    await worker.stop(1)
    const [other = ''] = await loseTasks(1, 2)
    start(watched.program)
    await watched.release(other)
  })
})
