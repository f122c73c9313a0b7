import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Outcome, ProgramRun } from '../../../core/contracts/executor.ts'
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
const FAILED: Outcome = { status: 'failed', reason: 'it broke', exitCode: 1 }

const opened = storeForEach()

function start(programs: Record<string, Program>, concurrency = 8) {
  const logger = createLogger()
  const config = createConfig(programs, { concurrency })
  const worker = startWorker(opened.store, () => config, { logger })
  return { logger, worker }
}

describe('Worker', () => {
  it('makes the input when it is read, so that a run need not keep it', async () => {
    let stdin: PropertyDescriptor | undefined
    start({
      deploy: {
        async run(run) {
          stdin = Object.getOwnPropertyDescriptor(run, 'stdin')
          return SUCCEEDED
        },
      },
    })
    await inState(opened.store, await addTask(opened.store, 'deploy'), 'succeeded')
    expect(stdin).toMatchObject({ get: expect.any(Function), enumerable: true })
  })

  it('runs a task with its input, keeps output and result, and logs no payload', async () => {
    let seen: ProgramRun | null = null
    const { logger } = start({
      deploy: {
        settings: { params: [{ name: 'branch', default: null }] },
        async run(run) {
          seen = run
          run.write('stdout', Buffer.from('deployed\n'))
          return { status: 'succeeded', exitCode: 0, result: { url: 'https://example.org' } }
        },
      },
    })
    const payload = '{"id": 12345678901234567890, "note": "private"}'
    const taskId = await addTask(opened.store, 'deploy', { payload, facts: { branch: 'main' } })
    const task = await inState(opened.store, taskId, 'succeeded')
    expect(task).toMatchObject({
      attempts: 1,
      exitCode: 0,
      reason: null,
      result: { url: 'https://example.org' },
    })
    expect(seen).toMatchObject({
      taskId,
      attempt: 1,
      rule: 'rule',
      program: 'deploy',
      args: ['main'],
      env: { WEBHOOK_BRANCH: 'main', WEBHOOK_TASK_ID: taskId },
      stdin: expect.stringContaining(`"payload":${payload}}`),
    })
    const [chunk] = await opened.store.readLog(taskId, { limit: 10 })
    expect(chunk).toMatchObject({ attempt: 1, stream: 'stdout', text: 'deployed\n' })
    await until(() => logger.lines.length === 2)
    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'task started',
        fields: { taskId, program: 'deploy', rule: 'rule', attempt: 1 },
      },
      {
        level: 'info',
        message: 'task succeeded',
        fields: {
          taskId,
          program: 'deploy',
          rule: 'rule',
          attempt: 1,
          durationMs: expect.any(Number),
          exitCode: 0,
        },
      },
    ])
    expect(JSON.stringify(logger.lines)).not.toContain('private')
  })

  it('tries again until it succeeds', async () => {
    start({ flaky: { run: async ({ attempt }) => (attempt < 3 ? FAILED : SUCCEEDED) } })
    const taskId = await addTask(opened.store, 'flaky')
    expect(await inState(opened.store, taskId, 'succeeded')).toMatchObject({
      attempts: 3,
      reason: null,
    })
    const attempts = await opened.store.attempts(taskId)
    expect(attempts.map(({ status, reason }) => [status, reason])).toEqual([
      ['failed', 'it broke'],
      ['failed', 'it broke'],
      ['succeeded', null],
    ])
  })

  it('keeps a task dead after its last attempt, and runs it again when it is retried', async () => {
    let runs = 0
    const { logger } = start({ broken: { run: async () => (++runs <= 3 ? FAILED : SUCCEEDED) } })
    const taskId = await addTask(opened.store, 'broken')
    expect(await inState(opened.store, taskId, 'dead')).toMatchObject({
      attempts: 3,
      exitCode: 1,
      reason: 'it broke',
    })
    const dead = await until(() => logger.lines.find(({ message }) => message === 'task dead'))
    expect(dead.fields).toMatchObject({
      taskId,
      reason: 'it broke',
      see: `hookline task ${taskId}`,
    })
    expect(
      logger.lines.filter(({ message }) => message === 'task failed, to be tried again'),
    ).toHaveLength(2)
    await opened.store.retry(taskId)
    expect(await inState(opened.store, taskId, 'succeeded')).toMatchObject({ attempts: 1 })
  })

  it('tells the task and the log which variables a program does not get', async () => {
    const { logger } = start({ any: { run: async () => SUCCEEDED } })
    const taskId = await addTask(opened.store, 'any', { facts: { note: 'secret\0text' } })
    await inState(opened.store, taskId, 'succeeded')
    const [chunk] = await opened.store.readLog(taskId, { limit: 10 })
    expect(chunk).toMatchObject({
      stream: 'stderr',
      text: expect.stringContaining('Not set as variables: WEBHOOK_NOTE (with a NUL character)'),
    })
    const line = logger.lines.find(({ level }) => level === 'warn')
    expect(line?.fields).toMatchObject({
      taskId,
      note: expect.stringContaining('WEBHOOK_NOTE'),
    })
    expect(JSON.stringify(logger.lines)).not.toContain('secret')
  })

  it('does not retry an exit code that is not listed', async () => {
    const retry = { ...SETTINGS.retry, exitCodes: [75] }
    const run = async ({ attempt }: ProgramRun): Promise<Outcome> => ({
      ...FAILED,
      exitCode: attempt === 1 ? 75 : 1,
    })
    start({ picky: { settings: { retry }, run } })
    const taskId = await addTask(opened.store, 'picky')
    expect(await inState(opened.store, taskId, 'dead')).toMatchObject({ attempts: 2, exitCode: 1 })
  })

  it('treats a throw as a failure, and logs where from but not what it says', async () => {
    const { logger } = start({
      throws: {
        settings: { retry: { ...SETTINGS.retry, attempts: 1 } },
        run: async () => JSON.parse('private'),
      },
    })
    const taskId = await addTask(opened.store, 'throws')
    const task = await inState(opened.store, taskId, 'dead')
    expect(task.reason).toMatch(/^The executor failed: /)
    expect(logger.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({
          fault: { name: 'SyntaxError', at: expect.stringContaining('at ') },
        }),
      }),
    )
    expect(JSON.stringify(logger.lines)).not.toContain('private')
  })

  it('keeps a task dead at once where a param is missing', async () => {
    let runs = 0
    const run = async () => {
      runs++
      return SUCCEEDED
    }
    start({ strict: { settings: { params: [{ name: 'commit', default: null }] }, run } })
    const task = await inState(opened.store, await addTask(opened.store, 'strict'), 'dead')
    expect(task.reason).toBe(
      'param_missing: The event has no value for the param `commit`, and the param has no default.',
    )
    expect([runs, task.attempts]).toEqual([0, 1])
  })

  it('stops a program at its time limit', async () => {
    const reasons: unknown[] = []
    const retry = { ...SETTINGS.retry, attempts: 2 }
    const run = async ({ signal }: ProgramRun) => {
      reasons.push(await aborted(signal))
      return SUCCEEDED
    }
    start({ slow: { settings: { timeoutSeconds: 0.05, retry }, run } })
    const task = await inState(opened.store, await addTask(opened.store, 'slow'), 'dead')
    expect(task.reason).toBe('time limit of 0.05 s reached')
    expect(reasons).toEqual(['timeout', 'timeout'])
  })

  it('cancels a running task', async () => {
    const run = async ({ signal }: ProgramRun): Promise<Outcome> => {
      const reason = await aborted(signal)
      return { status: 'failed', reason: String(reason) }
    }
    const { worker } = start({ slow: { run } })
    const taskId = await addTask(opened.store, 'slow')
    await until(() => worker.activeRuns().length === 1)
    expect(worker.activeRuns()).toEqual([
      { taskId, program: 'slow', startedAt: expect.any(Number) },
    ])
    await opened.store.cancel(taskId)
    expect(await inState(opened.store, taskId, 'cancelled')).toMatchObject({
      reason: 'cancelled while it ran',
    })
  })

  it('never runs a task that was cancelled while it waited', async () => {
    const seen: string[] = []
    const run = async ({ taskId }: ProgramRun) => {
      seen.push(taskId)
      return SUCCEEDED
    }
    const first = await addTask(opened.store, 'any')
    await opened.store.cancel(first)
    start({ any: { run } })
    const second = await addTask(opened.store, 'any')
    await inState(opened.store, second, 'succeeded')
    expect(seen).toEqual([second])
    expect(await opened.store.task(first)).toMatchObject({ state: 'cancelled', attempts: 0 })
  })

  it('runs 1,000 tasks once each, never more at once than it may', async () => {
    const runs = new Map<string, number>()
    let atOnce = 0
    let most = 0
    const run = async ({ taskId }: ProgramRun) => {
      runs.set(taskId, (runs.get(taskId) ?? 0) + 1)
      most = Math.max(most, ++atOnce)
      await sleep(1)
      atOnce--
      return SUCCEEDED
    }
    const early = await Promise.all(Array.from({ length: 500 }, () => addTask(opened.store, 'any')))
    start({ any: { run } }, 16)
    const late = await Promise.all(Array.from({ length: 500 }, () => addTask(opened.store, 'any')))
    await until(async () => (await opened.store.countTasks()).succeeded === 1000)
    expect(most).toBe(16)
    expect([...runs.keys()].sort()).toEqual([...early, ...late].sort())
    expect(new Set(runs.values())).toEqual(new Set([1]))
  })
})
