import { describe, expect, it } from 'vitest'
import type {
  EndOutcome,
  ExecutorInstance,
  HandedOverRun,
} from '../../../../core/contracts/executor.ts'
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
} from '../setup.ts'

/** An engine outside of the workers: it keeps what it was given whatever becomes of them. */
class Engine {
  readonly published: string[] = []
  readonly outcomes = new Map<string, EndOutcome>()
  readonly cancelled: string[] = []
  /** Time limits of the runs, in seconds. */
  readonly limits: number[] = []
  /** Sizes of the batches that were asked about. */
  readonly asked: number[] = []
  isAway = false
  changed: (refs: readonly string[]) => void = () => {}

  program(settings: Program['settings'] = {}): Program {
    return { ...this.instance(), settings }
  }

  instance(): ExecutorInstance {
    return {
      run: async ({ idempotencyKey, timeoutSeconds }) => {
        this.published.push(idempotencyKey)
        this.limits.push(timeoutSeconds)
        return { status: 'handed-over', ref: idempotencyKey, pollSeconds: 1 }
      },
      follow: async (runs) => this.#follow(runs),
      cancel: async (runs) => {
        this.cancelled.push(...runs.map(({ ref }) => ref))
      },
      watch: (changed) => {
        this.changed = changed
        return () => {}
      },
    }
  }

  #follow(runs: readonly HandedOverRun[]): readonly (EndOutcome | null)[] {
    if (this.isAway) throw new Error('connection refused')
    this.asked.push(runs.length)
    return runs.map((run) => {
      const outcome = this.outcomes.get(run.ref) ?? null
      if (outcome !== null) run.write('stderr', Buffer.from(`${run.ref} ended\n`))
      return outcome
    })
  }
}

const SUCCEEDED: EndOutcome = { status: 'succeeded', exitCode: 0, result: { done: true } }

const opened = storeForEach()

function start(programs: Record<string, Program>, nodeName = 'a', concurrency = 2) {
  const logger = createLogger()
  const config = createConfig(programs, { concurrency, name: nodeName })
  const worker = startWorker(opened.store, () => config, { logger, nodeName })
  return { worker, logger }
}

async function handedOver(count: number) {
  return until(async () => {
    const tasks = await opened.store.handedOver('deploy', { limit: 1000 })
    return tasks.length === count ? tasks : null
  })
}

describe('a run that was handed over', () => {
  it('holds no slot, is settled once, and keeps output and result', async () => {
    const engine = new Engine()
    const { worker } = start({ deploy: engine.program() })
    const ids: string[] = []
    for (let count = 0; count < 20; count++) ids.push(await addTask(opened.store, 'deploy'))
    await handedOver(20)
    expect(worker.activeRuns()).toEqual([])
    expect(engine.published.toSorted()).toEqual(ids.map((id) => `${id}-0`).toSorted())
    for (const id of ids) engine.outcomes.set(`${id}-0`, SUCCEEDED)
    engine.changed(engine.published)
    for (const id of ids) await inState(opened.store, id, 'succeeded')
    const task = await opened.store.task(ids[0] ?? '')
    expect(task).toMatchObject({ result: { done: true }, attempts: 1, exitCode: 0 })
    expect(task?.handedOver?.ref).toBe(`${ids[0]}-0`)
    const [chunk] = await opened.store.readLog(ids[0] ?? '', { limit: 1 })
    expect(chunk?.text).toBe(`${ids[0]}-0 ended\n`)
    expect(Math.max(...engine.asked)).toBeGreaterThan(1)
  })

  it('is followed by another node when its own stops', async () => {
    const engine = new Engine()
    const { worker } = start({ deploy: engine.program() }, 'a')
    const id = await addTask(opened.store, 'deploy')
    await handedOver(1)
    await worker.stop(0)
    engine.outcomes.set(`${id}-0`, SUCCEEDED)
    expect((await opened.store.task(id))?.state).toBe('running')
    start({ deploy: engine.program() }, 'b')
    expect((await inState(opened.store, id, 'succeeded')).lostAttempts).toBe(0)
    expect(engine.published).toEqual([`${id}-0`])
  })

  it('gets a new key for each attempt that follows one that ended, also after a retry by hand', async () => {
    const engine = new Engine()
    start({ deploy: engine.program({ retry: { ...SETTINGS.retry, attempts: 2 } }) })
    const id = await addTask(opened.store, 'deploy')
    // Whatever an engine calls it: a run that was handed over has begun.
    const fail = { status: 'failed', reason: 'it broke', notStarted: true } as const
    for (const number of [0, 1]) {
      await until(() => engine.published.includes(`${id}-${number}`))
      engine.outcomes.set(`${id}-${number}`, fail)
      await handedOver(1)
      engine.changed([`${id}-${number}`])
    }
    expect((await inState(opened.store, id, 'dead')).reason).toBe('it broke')
    await opened.store.retry(id)
    await until(() => engine.published.includes(`${id}-2`))
    engine.outcomes.set(`${id}-2`, SUCCEEDED)
    await inState(opened.store, id, 'succeeded')
    expect(engine.published).toEqual([0, 1, 2].map((number) => `${id}-${number}`))
  })

  it('is cancelled at its engine until it has ended there', async () => {
    const engine = new Engine()
    start({ deploy: engine.program() })
    const id = await addTask(opened.store, 'deploy')
    await handedOver(1)
    await opened.store.cancel(id)
    await until(() => engine.cancelled.length > 1)
    engine.outcomes.set(`${id}-0`, { status: 'failed', reason: 'revoked' })
    const task = await inState(opened.store, id, 'cancelled')
    expect(task.reason).toBe('cancelled while it ran')
  })

  it('is cancelled at its engine also if the cancellation came while it was handed over', async () => {
    const engine = new Engine()
    const program = engine.program()
    const run: Program['run'] = async (given) => {
      const outcome = await program.run(given)
      await opened.store.cancel(given.taskId)
      await aborted(given.signal)
      return outcome
    }
    start({ deploy: { ...program, run } })
    const id = await addTask(opened.store, 'deploy')
    await until(() => engine.cancelled.includes(`${id}-0`))
    engine.outcomes.set(`${id}-0`, { status: 'failed', reason: 'revoked' })
    await inState(opened.store, id, 'cancelled')
  })

  it('is ended by its time limit, and its engine told', async () => {
    const engine = new Engine()
    start({
      deploy: engine.program({ timeoutSeconds: 1, retry: { ...SETTINGS.retry, attempts: 1 } }),
    })
    const id = await addTask(opened.store, 'deploy')
    await until(() => engine.cancelled.includes(`${id}-0`))
    engine.outcomes.set(`${id}-0`, { status: 'failed', reason: 'revoked' })
    expect((await inState(opened.store, id, 'dead')).reason).toBe('time limit of 1 s reached')
    expect(engine.limits).toEqual([1])
  })

  it('is left at its engine, with a warning, where its program is removed', async () => {
    const engine = new Engine()
    const logger = createLogger()
    let config = createConfig({ deploy: engine.program() })
    const worker = startWorker(opened.store, () => config, { logger })
    const id = await addTask(opened.store, 'deploy')
    await until(() => logger.lines.some(({ message }) => message.startsWith('task handed over')))
    await until(() => engine.asked.length > 0)
    config = createConfig({})
    worker.configChanged()
    expect(logger.lines.find(({ level }) => level === 'warn')?.fields).toMatchObject({ runs: 1 })
    config = createConfig({ deploy: engine.program() })
    worker.configChanged()
    engine.outcomes.set(`${id}-0`, SUCCEEDED)
    await inState(opened.store, id, 'succeeded')
  })

  it('waits for an engine that is away, and is told of once', async () => {
    const engine = new Engine()
    engine.isAway = true
    const { logger } = start({ deploy: engine.program() })
    const id = await addTask(opened.store, 'deploy')
    await until(() => logger.lines.some(({ message }) => message.startsWith('an engine cannot')))
    engine.isAway = false
    engine.outcomes.set(`${id}-0`, SUCCEEDED)
    await inState(opened.store, id, 'succeeded')
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  it.each<[string, Partial<ExecutorInstance>]>([
    ['its executor cannot follow it', { follow: undefined } as never],
    ['it has no reference', { run: async () => ({ status: 'handed-over', ref: '' }) }],
  ])('is dead where %s', async (_, change) => {
    const instance = { ...new Engine().program(), ...change } as Program
    start({ deploy: instance })
    const task = await inState(opened.store, await addTask(opened.store, 'deploy'), 'dead')
    expect(task.reason).toMatch(/^The executor handed the run over/)
  })
})
