import { setTimeout as sleep } from 'node:timers/promises'
import { subprocess } from 'hookline/executors'
import { describe, expect, it } from 'vitest'
import type { Outcome, ProgramRun } from '../../../core/contracts/executor.ts'
import type { ProgramPolicy } from '../../../core/contracts/policy.ts'
import {
  aborted,
  addTask,
  createConfig,
  inState,
  type Program,
  SETTINGS,
  silentLogger,
  startWorker,
  storeForEach,
  until,
} from './setup.ts'

const SUCCEEDED: Outcome = { status: 'succeeded' }

const opened = storeForEach()

function start(program: Program, policy: Partial<ProgramPolicy>, nodeName = 'a') {
  const settings = { ...program.settings, policy: { ...SETTINGS.policy, ...policy } }
  const config = createConfig({ any: { ...program, settings } }, { concurrency: 16 })
  startWorker(opened.store, () => config, { nodeName })
}

const succeeded = (count: number) =>
  until(async () => (await opened.store.countTasks()).succeeded === count)

/** Runs that note where two of one key, as the payload names it, are under way together. */
function watched() {
  const underWay = new Map<string, number>()
  const most = new Map<string, number>()
  const order: string[] = []
  const run = async ({ event, taskId }: ProgramRun) => {
    const { key } = event.facts as { key: string }
    order.push(taskId)
    underWay.set(key, (underWay.get(key) ?? 0) + 1)
    most.set(key, Math.max(most.get(key) ?? 0, underWay.get(key) ?? 0))
    await sleep(5)
    underWay.set(key, (underWay.get(key) ?? 0) - 1)
    return SUCCEEDED
  }
  return { run, most, order }
}

function add(key: string): Promise<string> {
  return addTask(opened.store, 'any', { facts: { key }, policy: { policyKey: key } })
}

describe('a policy at work', () => {
  it.each([['one node'], ['two nodes', 'b']])('runs one of a key at once, on %s', async (...at) => {
    const { run, most, order } = watched()
    start({ run }, { concurrency: 1 })
    if (at[1] !== undefined) start({ run }, { concurrency: 1 }, at[1])
    const ids = await Promise.all(Array.from({ length: 50 }, (_, index) => add(`${index % 5}`)))
    await succeeded(50)
    expect([...most.values()]).toEqual([1, 1, 1, 1, 1])
    expect(order.toSorted()).toEqual(ids.toSorted())
    const ofFirstKey = ids.filter((_, index) => index % 5 === 0)
    expect(order.filter((id) => ofFirstKey.includes(id))).toEqual(ofFirstKey)
  })

  it('stops the running program for a newer task of its key', async () => {
    const reasons: unknown[] = []
    const policy = { concurrency: 1, replaces: 'all' } as const
    let isFirst = true
    const run = async ({ signal }: ProgramRun) => {
      if (isFirst) {
        isFirst = false
        reasons.push(await aborted(signal))
      }
      return SUCCEEDED
    }
    start({ run }, policy)
    const newer = { policy: { policyKey: 'main', replaces: 'all' } } as const
    const first = await addTask(opened.store, 'any', newer)
    await inState(opened.store, first, 'running')
    const second = await addTask(opened.store, 'any', newer)
    await inState(opened.store, second, 'succeeded')
    expect(reasons).toEqual(['cancelled'])
    expect(await opened.store.task(first)).toMatchObject({
      state: 'cancelled',
      reason: `replaced by ${second}`,
    })
  })

  it('ends the process of a replaced task before the next one of its key starts', async () => {
    const folder = { baseDir: '.', dataDir: '.', clock: Date.now, logger: silentLogger }
    const script = 'echo $$ started; trap "echo $$ ended; exit 1" TERM; sleep 60 & wait $!'
    const { definition } = subprocess({ command: ['sh'] })
    const parsed = definition?.options.parse({ command: ['sh', '-c', script] }) as never
    const instance = definition?.create(parsed, { name: 'any', ...folder })
    if (instance === undefined) throw new Error('no executor')
    start({ run: (run) => instance.run(run) }, { concurrency: 1, replaces: 'all' })
    const policy = { policyKey: 'main', replaces: 'all' } as const
    const first = await addTask(opened.store, 'any', { policy })
    await until(async () => (await opened.store.readLog(first, { limit: 1 })).length > 0)
    const second = await addTask(opened.store, 'any', { policy })
    await inState(opened.store, first, 'cancelled')
    const started = await inState(opened.store, second, 'running')
    // The shell may note on standard error how its child ended.
    const chunks = await opened.store.readLog(first, { limit: 10 })
    const text = chunks.map((chunk) => (chunk.stream === 'stdout' ? chunk.text : ''))
    expect(text.join('')).toMatch(/^(\d+) started\n\1 ended\n$/)
    const ended = (await opened.store.task(first))?.endedAt
    expect(started.startedAt).toBeGreaterThanOrEqual(ended ?? Number.POSITIVE_INFINITY)
  })

  it('keeps to a rate, and starts what waited without being told', async () => {
    start({ run: async () => SUCCEEDED }, { rateLimit: { count: 2, perSeconds: 0.4 } })
    await Promise.all(Array.from({ length: 7 }, () => add('main')))
    await succeeded(7)
    const { items } = await opened.store.tasks({ limit: 10 })
    const starts = items.map(({ startedAt }) => startedAt ?? 0).toSorted((a, b) => a - b)
    for (const [index, at] of starts.slice(2).entries()) {
      expect(at - (starts[index] ?? 0)).toBeGreaterThanOrEqual(400)
    }
  })

  it('numbers output by the claim, also where attempts are counted anew', async () => {
    const run = async ({ attempt, write }: ProgramRun): Promise<Outcome> => {
      write('stdout', Buffer.from(`attempt ${attempt}\n`))
      return { status: 'failed', reason: 'no', retryable: attempt < 2 }
    }
    start({ run }, {})
    const taskId = await addTask(opened.store, 'any')
    await inState(opened.store, taskId, 'dead')
    await opened.store.retry(taskId)
    await inState(opened.store, taskId, 'dead')
    const chunks = await opened.store.readLog(taskId, { limit: 10 })
    expect(chunks.map(({ attempt, text }) => [attempt, text])).toEqual([
      [1, 'attempt 1\n'],
      [2, 'attempt 2\n'],
      [3, 'attempt 1\n'],
      [4, 'attempt 2\n'],
    ])
    const attempts = await opened.store.attempts(taskId)
    expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4])
  })
})
