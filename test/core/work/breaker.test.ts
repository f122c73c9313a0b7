import { describe, expect, it } from 'vitest'
import type { ProgramSettings } from '../../../core/contracts/config.ts'
import type { Outcome } from '../../../core/contracts/executor.ts'
import type { OwnEvents } from '../../../core/own-events/own-events.ts'
import { PauseWatch } from '../../../core/work/pause-watch.ts'
import {
  addTask,
  createConfig,
  createLogger,
  inState,
  SETTINGS,
  startWorker,
  storeForEach,
} from './setup.ts'

const FAILED: Outcome = { status: 'failed', reason: 'it broke', exitCode: 7 }
const SUCCEEDED: Outcome = { status: 'succeeded' }
const PROBE_MS = 60_000

const opened = storeForEach()

/** Runs `deploy`, whose tasks have one attempt. */
function start(settings: Partial<ProgramSettings> = { breaker: { after: 2, probeMs: PROBE_MS } }) {
  const told: Parameters<OwnEvents['pauseChanged']>[] = []
  const now = { outcome: FAILED }
  const retry = { ...SETTINGS.retry, attempts: 1 }
  const config = createConfig({
    deploy: { run: async () => now.outcome, settings: { retry, ...settings } },
  })
  const worker = startWorker(opened.store, () => config, {
    clock: () => Date.now() + opened.time.aheadMs,
    ownEvents: {
      attemptEnded: () => null,
      pauseChanged: (...change) => {
        told.push(change)
        return null
      },
    },
  })
  return { told, now, worker }
}

async function endTask(state: 'dead' | 'succeeded'): Promise<string> {
  const id = await addTask(opened.store, 'deploy')
  await inState(opened.store, id, state)
  return id
}

describe('the breaker of a program', () => {
  it('pauses the program after so many dead tasks, tries it later, and closes', async () => {
    const { told, now, worker } = start()
    await endTask('dead')
    expect(await opened.store.pauses()).toEqual([])
    const last = await endTask('dead')
    const reason = `2 tasks dead in a row, the last ${last}`
    const paused = { kind: 'program', name: 'deploy', by: 'breaker', reason } as const
    expect(await opened.store.pauses()).toMatchObject([paused])
    expect(told.at(-1)).toEqual(['paused', paused])

    const waiting = [await addTask(opened.store, 'deploy'), await addTask(opened.store, 'deploy')]
    opened.time.aheadMs = PROBE_MS + 1
    worker.configChanged()
    await inState(opened.store, waiting[0] ?? '', 'dead')
    expect((await opened.store.task(waiting[1] ?? ''))?.state).toBe('waiting')
    expect(await opened.store.pauses()).toMatchObject([paused])

    now.outcome = SUCCEEDED
    opened.time.aheadMs = 2 * PROBE_MS + 2
    worker.configChanged()
    await inState(opened.store, waiting[1] ?? '', 'succeeded')
    expect(await opened.store.pauses()).toEqual([])
    const closed = { ...paused, reason: `${waiting[1]} succeeded` }
    expect(told.at(-1)).toEqual(['resumed', closed])
    await endTask('succeeded')
  })

  it('is off by default, and then nothing is counted', async () => {
    const { told } = start({})
    for (let index = 0; index < 6; index++) await endTask('dead')
    expect(await opened.store.pauses()).toEqual([])
    expect(told).toEqual([])
  })

  it('closes by a probe although the config has none any more', async () => {
    const first = start()
    await endTask('dead')
    await endTask('dead')
    await first.worker.stop(0)
    const { told, now, worker } = start({ breaker: null })
    now.outcome = SUCCEEDED
    const id = await addTask(opened.store, 'deploy')
    opened.time.aheadMs = PROBE_MS + 1
    worker.configChanged()
    await inState(opened.store, id, 'succeeded')
    expect(await opened.store.pauses()).toEqual([])
    expect(told.map(([change]) => change)).toEqual(['resumed'])
  })

  it('settles a task although its event cannot be created', async () => {
    const retry = { ...SETTINGS.retry, attempts: 1 }
    const breaker = { after: 1, probeMs: PROBE_MS }
    const config = createConfig({
      deploy: { run: async () => FAILED, settings: { retry, breaker } },
    })
    const fail = () => {
      throw new Error('broken')
    }
    startWorker(opened.store, () => config, {
      ownEvents: { attemptEnded: fail, pauseChanged: fail },
    })
    await endTask('dead')
    expect(await opened.store.pauses()).toHaveLength(1)
  })
})

describe('the log', () => {
  it('says once what is paused, and what is no longer', async () => {
    const logger = createLogger()
    const watch = new PauseWatch(opened.store, logger)
    const pause = { kind: 'program', name: 'deploy', by: 'ann', reason: 'it fails' } as const
    await watch.look()
    await opened.store.pause(pause, null)
    for (let index = 0; index < 2; index++) await watch.look()
    await opened.store.resume(pause, null)
    for (let index = 0; index < 2; index++) await watch.look()
    expect(logger.lines).toEqual([
      {
        level: 'warn',
        fields: { program: 'deploy', by: 'ann', reason: 'it fails' },
        message: 'a program is paused: its tasks wait',
      },
      { level: 'info', fields: { program: 'deploy' }, message: 'a program is no longer paused' },
    ])
  })
})
