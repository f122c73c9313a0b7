import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type RedisClientType } from '@redis/client'
import { Queue } from 'bullmq'
import { bullmq } from 'hookline/executors'
import type { ExecutorInstance, HandedOverRun, ProgramRun } from 'hookline/sdk/executor'
import { makeContext, makeRun, runToEnd, testExecutor } from 'hookline/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../../requirements.ts'
import { NO_PROGRAM } from '../servers/no-program.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type BullWorker, startWorker } from './workers.ts'

const reason = missingTool('redis-server')
const never = new AbortController().signal

let server: RedisServer
let worker: BullWorker
let idle: Queue
const executors: ExecutorInstance[] = []

beforeAll(async () => {
  if (reason !== null) return
  server = await startRedis()
  worker = await startWorker(server.url, 'jobs')
  idle = new Queue('idle', { connection: createClient({ url: server.url }) })
  idle.on('error', () => {})
}, 60_000)
afterEach(async () => {
  for (const executor of executors.splice(0)) await executor.close?.()
})
afterAll(async () => {
  await idle
    ?.getBackend()
    .disconnect()
    .catch(() => {})
  await worker?.kill()
  await server?.dispose()
})

/** The queue `jobs` has a worker, the queue `idle` has none. */
function create(more: Readonly<Record<string, unknown>> = {}): ExecutorInstance {
  const { definition } = bullmq
  const given = { connection: server.url, queue: 'jobs', ...more }
  const options = definition.options.strict().parse(given)
  const executor = definition.create(options, makeContext())
  executors.push(executor)
  return executor
}

/** Hands a run over, and returns what follows it. */
async function handOver(executor: ExecutorInstance, run: ProgramRun) {
  const outcome = await executor.run(run)
  expect(outcome).toEqual({ status: 'handed-over', ref: run.idempotencyKey })
  const followed: HandedOverRun = {
    taskId: run.taskId,
    ref: run.idempotencyKey,
    handedOverAt: Date.now(),
    write: run.write,
  }
  return {
    cancel: () => executor.cancel?.([followed], never),
    /** Until it has ended. */
    follow: async () => {
      for (;;) {
        const [end] = (await executor.follow?.([followed], never).catch(() => [null])) ?? []
        if (end) return end
        await sleep(100)
      }
    },
    look: async () => (await executor.follow?.([followed], never))?.[0],
  }
}

describe.skipIf(reason !== null)('bullmq', () => {
  it('adds a CloudEvent with every digit, and gives what the job returned', async () => {
    const executor = create()
    const stdin = '{"payload":{"id":12345678901234567890}}'
    const made = makeRun({ type: 'push', stdin })
    expect(await runToEnd(executor, made.run)).toEqual({ status: 'succeeded', result: null })
    const { name, data } = await worker.hasBegun(made.run.idempotencyKey)
    expect(name).toBe('contract.push')
    expect(data).toMatchObject({ specversion: '1.0', id: made.run.taskId, type: 'contract.push' })
    const jobs = idle.getBackend().forQueue('jobs')
    const stored = await jobs.getJobData(made.run.idempotencyKey)
    expect(stored?.data).toContain('"data":{"id":12345678901234567890}')
    expect(stored?.opts).toMatchObject({ attempts: 1, removeOnComplete: { age: 259_200 } })
  })

  it('takes a job that is there instead of running it again', async () => {
    const data = { act: 'return', value: { deployed: '{branch}', size: { cel: 'payload.size' } } }
    const given = { idempotencyKey: 'tsk_once-0', facts: { branch: 'main' }, payload: { size: 12 } }
    const ends = []
    for (const attempt of [1, 2]) {
      ends.push(
        await runToEnd(create({ data, jobName: 'deploy' }), makeRun({ ...given, attempt }).run),
      )
    }
    expect(ends[0]).toEqual({ status: 'succeeded', result: { deployed: 'main', size: 12 } })
    expect(ends[1]).toEqual(ends[0])
    expect(worker.begun.filter(({ id }) => id === 'tsk_once-0')).toMatchObject([{ name: 'deploy' }])
  })

  it('says why a job failed, with its log and stack trace', async () => {
    const made = makeRun()
    expect(await runToEnd(create({ data: { act: 'fail' } }), made.run)).toEqual({
      status: 'failed',
      reason: 'it broke',
    })
    expect(`${made.output().stdout}`).toBe('fail: first line\n')
    expect(`${made.output().stderr}`).toMatch(/^TypeError: it broke\n +at .*worker\.ts/)
    const final = await runToEnd(create({ data: { act: 'fail-for-good' } }), makeRun().run)
    expect(final).toEqual({ status: 'failed', reason: 'no use', retryable: false })
  })

  it('removes a job that waits, and says so of one that does not', async () => {
    for (const more of [{}, { delaySeconds: 60 }, { priority: 5 }, { lifo: true }]) {
      const { run } = makeRun()
      const handed = await handOver(create({ queue: 'idle', ...more }), run)
      expect(await handed.look()).toBeNull()
      await handed.cancel()
      expect(await handed.look()).toMatchObject({
        reason: expect.stringMatching(
          /^run_forgotten: The queue "idle" does not have the job tsk_/,
        ),
        retryable: true,
      })
      expect(await idle.getJobState(run.idempotencyKey)).toBe('unknown')
    }
    const made = makeRun()
    const held = await handOver(create({ data: { act: 'hold', value: 7 } }), made.run)
    await worker.hasBegun(made.run.idempotencyKey)
    await held.cancel()
    await held.cancel()
    await expect.poll(held.look).toBeNull()
    expect(`${made.output().stderr}`.match(/BullMQ cannot stop it/g)).toHaveLength(1)
    await expect.poll(() => `${made.output().stdout}`).toBe('hold: first line\n')
    worker.release()
    expect(await held.follow()).toEqual({ status: 'succeeded', result: 7 })
    await held.cancel()
    expect(`${made.output().stdout}`).toBe('hold: first line\nlast line\n')
  })

  it('is told of ends and removals, of its own jobs alone, also after Redis was killed', async () => {
    const executor = create({ queue: 'idle' })
    const told: string[] = []
    const unwatch = executor.watch?.((refs) => told.push(...refs))
    const { run } = makeRun()
    // What happens before it listens is not heard of.
    const tell = async () => {
      await executor.run(run)
      await idle.add('other', {}, { jobId: 'other' })
      await idle.remove('other')
      await idle.remove(run.idempotencyKey)
      return told.length
    }
    await expect.poll(tell, { timeout: 10_000 }).toBeGreaterThan(0)
    await server.kill()
    await server.start()
    // What was heard before is told by now.
    await sleep(200)
    told.length = 0
    await expect.poll(() => tell().catch(() => 0), { timeout: 10_000 }).toBeGreaterThan(0)
    expect(new Set(told)).toEqual(new Set([run.idempotencyKey]))
    unwatch?.()
  })

  it('hands over what Redis may have, and finds it after Redis was killed', async () => {
    const executor = create({ queue: 'idle', confirmSeconds: 0.5 })
    const first = await handOver(executor, makeRun().run)
    await server.freeze()
    const unsure = makeRun()
    const handed = await handOver(executor, unsure.run)
    server.thaw()
    // It had reached Redis: nobody takes it for gone because it is not there at once.
    expect(await handed.look()).toBeNull()
    await expect.poll(() => idle.getJobState(unsure.run.idempotencyKey)).toBe('waiting')
    await server.kill()
    await expect(handed.look()).rejects.toThrow(/cannot be reached|ended/)
    expect(await executor.run(makeRun().run)).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_unreachable: Redis at 127.0.0.1:\d+ .*ECONNREFUSED/),
    })
    await server.start()
    expect([await first.look(), await handed.look()]).toEqual([null, null])
  })

  it('adds a job again when Redis was killed before it confirmed', async () => {
    const executor = create({ queue: 'idle' })
    await handOver(executor, makeRun().run)
    await server.freeze()
    const { run } = makeRun()
    const handing = handOver(executor, run)
    await sleep(100)
    await server.kill()
    await server.start()
    expect(await (await handing).look()).toBeNull()
    await expect.poll(() => idle.getJobState(run.idempotencyKey)).toBe('waiting')
  })

  it('says what Redis refuses', async () => {
    const client: RedisClientType = createClient({ url: server.url })
    await client.connect()
    await client.sendCommand(['ACL', 'SETUSER', 'ann', 'on', '>not-to-be-shown', '~other', '+@all'])
    const url = (password: string) => `redis://ann:${password}@127.0.0.1:${server.port}`
    expect(await create({ connection: url('wrong') }).run(makeRun().run)).toMatchObject({
      retryable: false,
      reason: expect.stringMatching(
        /^broker_access_refused: .* password in `connection` \(WRONGPASS\)/,
      ),
    })
    const refused = await create({ connection: url('not-to-be-shown') }).run(makeRun().run)
    expect(refused).toMatchObject({
      reason: expect.stringMatching(
        /^broker_access_refused: .* write to the queue "jobs".*`bull:jobs:\*`/,
      ),
    })
    expect(JSON.stringify(refused)).not.toContain('not-to-be-shown')
    await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
    const full = await create().run(makeRun().run)
    await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '0'])
    expect(full).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_full: .*\(OOM\)/),
    })
    client.destroy()
    expect(() => create({ queue: 'a:b' })).toThrow(/must have no `:`/)
    expect(() => create({ removeOnComplete: { age: 60 } })).toThrow(/3600/)
    expect(() => create({ removeOnFail: true })).toThrow(/object/)
  })

  it('goes on with another worker where one was killed, or says that the job is lost', async () => {
    const goOn = async (again: number) => {
      const options = { lockDuration: 1000, stalledInterval: 500, maxStalledCount: again }
      const queue = `killed-${again}`
      const executor = create({ queue, data: { act: 'hold', value: again } })
      const dies = await startWorker(server.url, queue, options)
      const { run } = makeRun()
      const handed = await handOver(executor, run)
      await dies.hasBegun(run.idempotencyKey)
      await dies.kill()
      expect(await handed.look()).toBeNull()
      const next = await startWorker(server.url, queue, options)
      next.release()
      const end = await handed.follow()
      await next.kill()
      return end
    }
    expect(await Promise.all([goOn(1), goOn(0)])).toEqual([
      { status: 'succeeded', result: 1 },
      {
        status: 'failed',
        retryable: true,
        reason: expect.stringMatching(/^run_lost: The worker of the job has died, .*: job stalled/),
      },
    ])
  })

  testExecutor(
    { describe, it },
    {
      stopSeconds: 3,
      handsOver: true,
      programs: {
        ...NO_PROGRAM,
        succeed: () => create({ data: { act: 'return', value: {} } }),
        fail: () => create({ data: { act: 'fail' } }),
        'fail-for-good': () => create({ data: { act: 'fail-for-good' } }),
        'ignore-input': () => create({ data: { payload: { cel: 'payload' } } }),
      },
    },
  )
})
