import { describe, expect, it } from 'vitest'
import { hasLabels } from '../../../core/work/claim-loop.ts'
import type { Worker } from '../../../core/work/worker.ts'
import { addTask, createConfig, createLogger, inState, startWorker, storeForEach } from './setup.ts'

const opened = storeForEach()

describe('labels', () => {
  it.each([
    [[], [], true],
    [['gpu'], [], true],
    [['gpu', 'eu'], ['eu'], true],
    [['eu', 'gpu'], ['gpu', 'eu'], true],
    [['gpu'], ['gpu', 'eu'], false],
    [[], ['gpu'], false],
    [['gpu'], ['GPU'], false],
    [['gpu-2'], ['gpu'], false],
  ])('of a node %j for a program that asks for %j: %s', (labels, asked, fits) => {
    expect(hasLabels(labels, asked)).toBe(fits)
  })

  it('leave a task waiting until a node that has them appears', async () => {
    start('plain', [])
    const task = await addTask(opened.store, 'train')
    const other = await addTask(opened.store, 'say')
    await inState(opened.store, other, 'succeeded')
    expect(await opened.store.task(task)).toMatchObject({ state: 'waiting', attempts: 0 })

    start('strong', ['eu', 'gpu'])
    expect(await inState(opened.store, task, 'succeeded')).toMatchObject({ attempts: 1 })
    expect(await opened.store.attempts(task)).toMatchObject([{ node: 'strong' }])
  })
})

describe('a draining worker', () => {
  it('claims no more, lets what runs end, and claims again when told', async () => {
    const logger = createLogger()
    const gate = Promise.withResolvers<void>()
    const worker = start('a', [], { held: gate.promise, logger })
    const running = await addTask(opened.store, 'hold')
    await inState(opened.store, running, 'running')

    worker.drain(true)
    const next = await addTask(opened.store, 'say')
    gate.resolve()
    await inState(opened.store, running, 'succeeded')
    const other = start('b', [])
    await inState(opened.store, next, 'succeeded')
    expect(await opened.store.attempts(next)).toMatchObject([{ node: 'b' }])
    const messages = logger.lines.map(({ message }) => message)
    expect(messages).toContain('draining: it claims no more tasks')
    expect(messages).toContain('drained: nothing runs here any more')

    await other.stop(0)
    const last = await addTask(opened.store, 'say')
    worker.drain(false)
    await inState(opened.store, last, 'succeeded')
    expect(await opened.store.attempts(last)).toMatchObject([{ node: 'a' }])
  })
})

interface Given {
  /** Ends the program `hold`. */
  readonly held?: Promise<void>
  readonly logger?: ReturnType<typeof createLogger>
}

function start(
  name: string,
  labels: readonly string[],
  { held = Promise.resolve(), logger = createLogger() }: Given = {},
): Worker {
  const succeed = async () => ({ status: 'succeeded' }) as const
  const config = createConfig(
    {
      say: { run: succeed },
      train: { run: succeed, settings: { runsOn: ['gpu'] } },
      hold: {
        run: async () => {
          await held
          return succeed()
        },
      },
    },
    { name, labels },
  )
  return startWorker(opened.store, () => config, { nodeName: name, logger })
}
