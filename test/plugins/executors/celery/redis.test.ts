import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@redis/client'
import type { EndOutcome, ExecutorInstance, HandedOverRun } from 'hookline/sdk/executor'
import { type MadeRun, makeRun, runToEnd, testExecutor } from 'hookline/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { missingTool } from '../../../requirements.ts'
import { missingCelery } from '../servers/celery.ts'
import { NO_PROGRAM } from '../servers/no-program.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { makeTeam, type Team } from './team.ts'

const reason = missingTool('redis-server') ?? missingCelery()
const NEVER = new AbortController().signal

let server: RedisServer
let team: Team
let keeper: ExecutorInstance | undefined

beforeAll(async () => {
  if (reason !== null) return
  server = await startRedis('--appendonly', 'no')
  team = await makeTeam(`${server.url}/0`, `${server.url}/1`)
  // Its helper stays, for all programs of this file with the same settings.
  keeper = team.program('jobs.echo')
  await keeper.follow?.([followed(makeRun())], NEVER)
  await team.worker('--concurrency', '2', '-Q', 'celery,other')
}, 60_000)
beforeEach(() => team?.go(false))
afterAll(async () => {
  await keeper?.close?.()
  await team?.dispose()
  await server?.dispose()
})

async function using<Result>(
  executor: ExecutorInstance,
  use: (executor: ExecutorInstance) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(executor)
  } finally {
    await executor.close?.()
  }
}

function runTask(
  task: string,
  more?: Readonly<Record<string, unknown>>,
  made = makeRun(),
): Promise<EndOutcome> {
  return using(team.program(task, more), (executor) => runToEnd(executor, made.run))
}

function followed({ run }: MadeRun): HandedOverRun {
  return { taskId: run.taskId, ref: run.idempotencyKey, handedOverAt: 0, write: run.write }
}

async function look(executor: ExecutorInstance, made: MadeRun): Promise<EndOutcome | null> {
  return (await executor.follow?.([followed(made)], NEVER))?.[0] ?? null
}

const log = (made: MadeRun) => made.output().stderr.toString()

async function withClient<Result>(
  use: (command: (...words: string[]) => Promise<unknown>) => Promise<Result>,
): Promise<Result> {
  const client = createClient({ url: server.url })
  client.on('error', () => {})
  await client.connect()
  try {
    return await use((...words) => client.sendCommand(words))
  } finally {
    client.destroy()
  }
}

describe.skipIf(reason !== null)('celery with Redis', () => {
  it('hands over the event, and takes result and states', async () => {
    const made = makeRun({ type: 'push', payload: { size: 12 }, args: ['main', '12'] })
    const outcome = await runTask('jobs.echo', {}, made)
    const event = { source: 'contract', type: 'push', payload: { size: 12 } }
    expect(outcome).toMatchObject({
      status: 'succeeded',
      result: { args: ['main', '12'], kwargs: { event } },
    })
    expect(log(made)).toMatch(
      /^celery: jobs\.echo sent to the queue "celery"\n(celery: STARTED by celery@.*\n)?celery: SUCCESS\n$/,
    )
  })

  it('hands over what templates make of it, to another queue, with a priority', async () => {
    const made = makeRun({ facts: { branch: 'main' }, payload: { size: 12 } })
    const more = {
      args: ['{branch}', { cel: '[payload.size]' }],
      kwargs: { on: [{ branch: '{branch}' }] },
      ...{ queue: 'other', priority: 3, serializer: 'pickle' },
    }
    expect(await runTask('jobs.echo', more, made)).toMatchObject({
      result: { args: ['main', [12]], kwargs: { on: [{ branch: 'main' }] }, priority: 3 },
    })
    expect(log(made)).toContain('sent to the queue "other"')
    expect(await runTask('jobs.echo', { args: ['{missing}'] })).toMatchObject({
      retryable: false,
      reason: expect.stringMatching(/^param_missing: /),
    })
  })

  it('says why a task failed, and keeps its traceback', async () => {
    const made = makeRun()
    expect(await runTask('jobs.fail', {}, made)).toEqual({
      status: 'failed',
      reason: 'ValueError: there is no target moon',
    })
    expect(log(made)).toMatch(/celery: FAILURE: ValueError: .*\nTraceback.*in fail.*moon\n$/s)
    expect(await runTask('jobs.missing')).toEqual({
      status: 'failed',
      reason: expect.stringMatching(/^task_not_registered: .* no task "jobs\.missing"/),
    })
    const long = makeRun()
    expect(await runTask('jobs.odd', {}, long)).toEqual({ status: 'succeeded' })
    const [garbled, odd] = [makeRun(), makeRun()]
    await withClient(async (command) => {
      const key = ({ run }: MadeRun) => `celery-task-meta-${run.idempotencyKey}`
      await command('SELECT', '1')
      await command('SET', key(garbled), 'not JSON')
      await command('SET', key(odd), '[]')
    })
    for (const one of [garbled, odd]) {
      expect(await runTask('jobs.echo', {}, one)).toMatchObject({
        reason: expect.stringMatching(/^what the result backend keeps cannot be read: /),
      })
    }
    expect(log(long)).toMatch(/SUCCESS; its result of \d+ characters is not kept/)
  })

  it('waits for a task that Celery itself tries again', async () => {
    const made = makeRun()
    expect(await runTask('jobs.again', {}, made)).toMatchObject({ result: 'at last' })
    expect(team.runs()[made.run.idempotencyKey]).toBe(2)
  })

  it('runs a task once however often it is sent, and takes the result that is there', async () => {
    const key = 'tsk_twice-0'
    const made = () => makeRun({ idempotencyKey: key })
    // Each has a helper of its own.
    const programs = [1, 2].map((number) =>
      team.program('jobs.hold', { settings: { task_track_started: number === 1 } }),
    )
    const runs = Array.from({ length: 8 }, (_, index) => programs[index % 2]?.run(made().run))
    for (const outcome of await Promise.all(runs)) {
      expect(outcome).toEqual({ status: 'handed-over', ref: key, pollSeconds: 5 })
    }
    team.go(true)
    const last = made()
    expect(await runTask('jobs.hold', {}, last)).toMatchObject({ result: 'held' })
    const after = made()
    expect(await runTask('jobs.hold', {}, after)).toMatchObject({ result: 'held' })
    expect(log(after)).toMatch(/^celery: jobs\.hold was sent before\ncelery: SUCCESS\n$/)
    expect(team.runs()[key]).toBe(1)
    await Promise.all(programs.map((program) => program.close?.()))
  })

  it('does not run what was cancelled or has expired before a worker came', async () => {
    const [cancelled, expired, wanted] = [makeRun(), makeRun(), makeRun()]
    const more = { queue: 'idle' }
    await using(team.program('jobs.echo', more), async (executor) => {
      for (const { run } of [cancelled, wanted]) await executor.run(run)
      await using(team.program('jobs.echo', { ...more, expiresSeconds: 1 }), (other) =>
        other.run(expired.run),
      )
      const expires = Date.now() + 1500
      await executor.cancel?.([followed(cancelled)], NEVER)
      expect(await look(executor, cancelled)).toMatchObject({
        reason: expect.stringMatching(/^run_revoked: .* \(taken out of the queue\)/),
      })
      await sleep(expires - Date.now())
      await team.worker('-Q', 'idle', '--pool', 'solo', '-n', 'idle@%h')
      const end = (made: MadeRun) => expect.poll(() => look(executor, made), { timeout: 10_000 })
      await end(expired).toMatchObject({
        reason: expect.stringMatching(/^run_revoked: .* \(expired\)/),
      })
      await end(wanted).toMatchObject({ status: 'succeeded' })
    })
    const runs = team.runs()
    expect([cancelled, expired, wanted].map(({ run }) => runs[run.idempotencyKey])).toEqual([
      undefined,
      undefined,
      1,
    ])
  })

  it('ends a task that runs', async () => {
    const made = makeRun()
    await using(team.program('jobs.hold'), async (executor) => {
      const end = runToEnd(executor, made.run)
      await expect.poll(() => team.runs()[made.run.idempotencyKey], { timeout: 10_000 }).toBe(1)
      made.abort('cancelled')
      expect(await end).toMatchObject({
        reason: expect.stringMatching(/^run_revoked: .* \(terminated\)/),
      })
    })
  })

  it('gives up a task of which nothing is heard', async () => {
    const made = makeRun()
    expect(await runTask('jobs.hold', { lostSeconds: 0.5 }, made)).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^run_lost: The task has been STARTED for 0\.5 s/),
    })
  })

  it('is told of ends, and keeps a failure that a late worker overwrites', async () => {
    const made = makeRun()
    const { idempotencyKey } = made.run
    await using(team.program('jobs.overwritten'), async (executor) => {
      const named: string[] = []
      const end = executor.watch?.((refs) => named.push(...refs))
      await executor.run(made.run)
      expect(await look(executor, made)).toBe(null)
      await withClient((command) =>
        expect
          .poll(() => command('PUBSUB', 'NUMSUB', `celery-task-meta-${idempotencyKey}`), {
            timeout: 10_000,
          })
          .toContain(1),
      )
      team.go(true)
      await expect.poll(() => named, { timeout: 10_000 }).toEqual([idempotencyKey])
      expect(await look(executor, made)).toMatchObject({ reason: 'ValueError: first' })
      end?.()
    })
  })

  it('settles 1,000 tasks', { timeout: 60_000 }, async () => {
    const made = Array.from({ length: 1000 }, () => makeRun({ payload: { size: 12 } }))
    await using(team.program('jobs.echo'), async (executor) => {
      await Promise.all(made.map(({ run }) => executor.run(run)))
      const left = new Map(made.map((one) => [one.run.idempotencyKey, followed(one)]))
      await expect
        .poll(
          async () => {
            const asked = [...left.values()]
            const outcomes = (await executor.follow?.(asked, NEVER)) ?? []
            for (const [index, outcome] of outcomes.entries()) {
              if (outcome?.status === 'succeeded') left.delete(asked[index]?.ref ?? '')
            }
            return left.size
          },
          { timeout: 50_000, interval: 200 },
        )
        .toBe(0)
    })
    const runs = team.runs()
    expect(made.filter(({ run }) => runs[run.idempotencyKey] !== 1)).toEqual([])
  })

  testExecutor(
    { describe, it },
    {
      stopSeconds: 10,
      handsOver: true,
      programs: {
        ...NO_PROGRAM,
        succeed: () => team.program('jobs.echo'),
        fail: () => team.program('jobs.fail'),
        'fail-for-good': () => team.program('jobs.echo', { args: ['{missing}'] }),
        // What these cases give as the event is no JSON.
        'ignore-input': () => team.program('jobs.echo', { kwargs: {} }),
      },
    },
  )
})
