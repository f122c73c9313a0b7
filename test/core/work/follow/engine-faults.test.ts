import { describe, expect, it } from 'vitest'
import type { ExecutorInstance, HandedOverRun } from '../../../../core/contracts/executor.ts'
import type { Meter } from '../../../../core/contracts/meter.ts'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { NO_METER } from '../../../../core/kit/no-meter.ts'
import type { WorkerOptions } from '../../../../core/work/worker.ts'
import {
  addTask,
  createConfig,
  createLogger,
  inState,
  type Program,
  SETTINGS,
  startWorker,
  storeForEach,
  until,
} from '../setup.ts'

type Follow = NonNullable<ExecutorInstance['follow']>

const SUCCEEDED = { status: 'succeeded' } as const
const ONCE = { ...SETTINGS.retry, attempts: 1 }

const opened = storeForEach()

/** A program that hands over to an engine where runs go on for ever. */
function program(change: Partial<Program> = {}): Program {
  return {
    run: async ({ idempotencyKey: ref }) => ({ status: 'handed-over', ref, pollSeconds: 1 }),
    follow: async (runs) => runs.map(() => null),
    cancel: async () => {},
    ...change,
  }
}

function start(deploy: Program, options: Partial<WorkerOptions> = {}) {
  const logger = createLogger()
  let config = createConfig({ deploy })
  const worker = startWorker(opened.store, () => config, { logger, ...options })
  const replace = (next: Program) => {
    config = createConfig({ deploy: next })
    worker.configChanged()
  }
  return { worker, logger, replace }
}

const handOver = async () => {
  const id = await addTask(opened.store, 'deploy')
  await until(async () => (await opened.store.task(id))?.handedOver)
  return id
}

describe('a run at an engine', () => {
  it('is given up once where its engine is away for long', async () => {
    const ended: string[] = []
    const meter: Meter = { ...NO_METER, attempt: ({ status }) => ended.push(status) }
    const time = { aheadMs: 0, asked: 0 }
    const follow = async () => {
      time.asked++
      throw new Error('connection refused')
    }
    const settings = { timeoutSeconds: 5, retry: ONCE }
    const clock = () => Date.now() + time.aheadMs
    start(program({ follow, settings }), { meter, clock })
    const id = await handOver()
    await until(() => time.asked > 0)
    time.aheadMs = 50_000
    const asked = time.asked
    await until(() => time.asked > asked)
    time.aheadMs = 200_000
    const { reason } = await inState(opened.store, id, 'dead')
    expect(reason).toMatch(/^time limit of 5 s reached; its engine could not be asked: conn/)
    // Another one is looked at, and with it all that are known.
    await addTask(opened.store, 'deploy')
    await until(() => time.asked > asked + 2)
    expect(ended).toEqual(['failed'])
  })

  it('is still asked about after no node was there for longer than its time limit', async () => {
    const settings = { timeoutSeconds: 5, retry: ONCE }
    const { worker } = start(program({ settings }))
    const id = await handOver()
    await worker.stop(0)
    let isAway = true
    const follow: Follow = async (runs) => {
      if (!isAway) return runs.map(() => SUCCEEDED)
      isAway = false
      throw new Error('the engine starts later than the node')
    }
    start(program({ follow, settings }), { clock: () => Date.now() + 100_000 })
    await inState(opened.store, id, 'succeeded')
  })

  it('keeps its outcome while the store is away, and writes its output once', async () => {
    let failures = 2
    let asked = 0
    const store: StoreInstance = {
      ...opened.store,
      task(id) {
        if (failures-- > 0) throw new Error('the store is away')
        return opened.store.task(id)
      },
    }
    let ended: HandedOverRun | undefined
    const follow: Follow = async ([run]) => {
      ended = run
      run?.write('stdout', Buffer.from('the end\n'))
      // By now the engine has told how it ended, and has forgotten it.
      return [asked++ === 0 ? SUCCEEDED : { status: 'failed', reason: 'not known' }]
    }
    start(program({ follow }), { store })
    const id = await handOver()
    await inState(opened.store, id, 'succeeded')
    ended?.write('stdout', Buffer.from('too late\n'))
    const next = await handOver()
    await until(async () => (await opened.store.readLog(next, { limit: 9 })).length > 0)
    const log = await opened.store.readLog(id, { limit: 9 })
    expect(log.map(({ text }) => text)).toEqual(['the end\n'])
  })

  it('goes on where its executor gives too few outcomes, and the log says so', async () => {
    const answers: Awaited<ReturnType<Follow>>[] = [[]]
    const { logger } = start(program({ follow: async () => answers.shift() ?? [SUCCEEDED] }))
    await inState(opened.store, await handOver(), 'succeeded')
    expect(logger.lines.find(({ level }) => level === 'error')?.fields).toMatchObject({
      fault: { message: '`follow` gave 0 outcomes for 1 runs' },
    })
  })

  it.each<[string, () => () => void]>([
    ['to watch', () => fail()],
    ['to end its watch', () => fail],
  ])('is followed, and let go, where its executor fails %s', async (_, watch) => {
    let asked = 0
    const follow: Follow = async (runs) => {
      asked++
      return runs.map(() => null)
    }
    const { worker, logger } = start(program({ watch, follow }))
    await handOver()
    await until(() => asked > 0)
    await worker.stop(0)
    const told = logger.lines.filter(({ level }) => level === 'error')
    expect(told.map(({ message }) => message)).toEqual(['an executor failed to watch its engine'])
  })

  it('is asked about at most every 50 ms, however often its engine names it', async () => {
    const asked: number[] = []
    const follow: Follow = async (runs) => {
      asked.push(performance.now())
      return runs.map(() => null)
    }
    const watch: ExecutorInstance['watch'] = (changed) => {
      const refs = async () => (await opened.store.handedOver('deploy', { limit: 1 }))[0]
      const timer = setInterval(async () => changed([(await refs())?.handedOver.ref ?? '']), 2)
      return () => clearInterval(timer)
    }
    const { worker } = start(program({ follow, watch }))
    await handOver()
    await until(() => asked.length > 20)
    await worker.stop(0)
    expect((asked[20] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(19 * 45)
  })

  it('holds up no stop where its executor does not answer', async () => {
    const asked = Promise.withResolvers<void>()
    const follow = () => {
      asked.resolve()
      return new Promise<never>(() => {})
    }
    const { worker } = start(program({ follow }))
    await handOver()
    await asked.promise
    const startedAt = performance.now()
    await worker.stop(30)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  it('is asked about by an executor until that is done, though the config has another one', async () => {
    const calls: string[] = []
    const answer = Promise.withResolvers<void>()
    const named = (name: string) =>
      program({
        follow: async (runs) => {
          calls.push(`${name} asked`)
          if (name === 'old') await answer.promise
          return runs.map(() => null)
        },
        watch: () => () => calls.push(`${name} unwatched`),
        close: async () => {
          calls.push(`${name} closed`)
        },
      })
    const { replace } = start(named('old'))
    await handOver()
    await until(() => calls.length > 0)
    replace(named('new'))
    answer.resolve()
    await until(() => calls.includes('new asked'))
    expect(calls.slice(0, 3)).toEqual(['old asked', 'old unwatched', 'old closed'])
  })

  it('can be cancelled where its program has an executor that follows nothing', async () => {
    const { replace, logger } = start(program())
    const id = await handOver()
    replace({ run: async () => SUCCEEDED })
    await until(() => logger.lines.some(({ message }) => message.startsWith('an engine cannot')))
    await opened.store.cancel(id)
    const { reason } = await inState(opened.store, id, 'cancelled')
    expect(reason).toMatch(/could not be asked: its program has another executor by now$/)
  })

  it('can be cancelled where its program is no longer in the config', async () => {
    const { worker } = start(program())
    const ids = [await handOver(), await handOver(), await handOver()]
    await worker.stop(0)
    startWorker(opened.store, () => createConfig({}))
    const [one = '', two = '', kept = ''] = ids
    await Promise.all([one, two].map((id) => opened.store.cancel(id)))
    const { reason } = await inState(opened.store, one, 'cancelled')
    await inState(opened.store, two, 'cancelled')
    expect((await opened.store.task(kept))?.state).toBe('running')
    expect(reason).toMatch(/^cancelled while it ran; its program is no longer in the config/)
    await until(async () => (await opened.store.documents('followers')).length === 0)
  })
})

function fail(): never {
  throw new Error('no connection')
}
