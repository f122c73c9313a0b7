import { join } from 'node:path'
import type { EndOutcome, ExecutorInstance, HandedOverRun } from 'hookline/sdk/executor'
import { type MadeRun, makeRun, runToEnd } from 'hookline/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../../requirements.ts'
import { missingCelery } from '../servers/celery.ts'
import { type RabbitServer, startRabbit } from '../servers/rabbitmq.ts'
import { removeFolder, serverFolder } from '../servers/server-process.ts'
import { makeTeam, type Team } from './team.ts'

const reason = missingTool('rabbitmq-server') ?? missingCelery()
const NEVER = new AbortController().signal

let server: RabbitServer
let team: Team
let folder: string
let keeper: ExecutorInstance | undefined

beforeAll(async () => {
  if (reason !== null) return
  folder = await serverFolder('celery-results')
  server = await startRabbit()
  team = await makeTeam(server.url, `db+sqlite:///${join(folder, 'results.db')}`)
  // Makes the tables: worker and program would otherwise do so at once. Its helper stays, for all programs of this file.
  keeper = team.program('jobs.echo')
  expect(await keeper.follow?.([followed(makeRun())], NEVER)).toEqual([null])
  await team.worker('--pool', 'threads', '--concurrency', '2', '-Q', 'celery,urgent')
}, 120_000)
afterAll(async () => {
  await keeper?.close?.()
  await team?.dispose()
  await server?.dispose()
  if (folder !== undefined) await removeFolder(folder)
})

async function runTask(
  task: string,
  more?: Readonly<Record<string, unknown>>,
  made = makeRun(),
): Promise<EndOutcome> {
  const executor = team.program(task, more)
  try {
    return await runToEnd(executor, made.run)
  } finally {
    await executor.close?.()
  }
}

function followed({ run }: MadeRun): HandedOverRun {
  return { taskId: run.taskId, ref: run.idempotencyKey, handedOverAt: 0, write: run.write }
}

describe.skipIf(reason !== null)('celery with RabbitMQ and a database of results', () => {
  it('hands over the event, also to a queue that the workers declared in their own way', async () => {
    const made = makeRun({ payload: { size: 12 } })
    expect(await runTask('jobs.echo', {}, made)).toMatchObject({
      status: 'succeeded',
      result: { args: [], kwargs: { event: { payload: { size: 12 } } } },
    })
    expect(await runTask('jobs.echo', { queue: 'urgent', priority: 7 })).toMatchObject({
      result: { priority: 7 },
    })
    expect(await runTask('jobs.fail')).toMatchObject({
      reason: 'ValueError: there is no target moon',
    })
    // A database keeps objects; this one is of a class that only the workers have.
    expect(await runTask('jobs.receipt')).toMatchObject({
      reason: expect.stringMatching(/^what the result backend keeps cannot be read: /),
    })
    expect(await runTask('jobs.again')).toMatchObject({ result: 'at last' })
  })

  it('does not send a task again whose confirmation was seen', async () => {
    const key = 'tsk_twice-0'
    const executor = team.program('jobs.hold')
    for (const _ of [1, 2]) {
      const outcome = await executor.run(makeRun({ idempotencyKey: key }).run)
      expect(outcome).toEqual({ status: 'handed-over', ref: key, pollSeconds: 2 })
    }
    await executor.close?.()
    team.go(true)
    const last = makeRun({ idempotencyKey: key })
    expect(await runTask('jobs.hold', {}, last)).toMatchObject({ result: 'held' })
    team.go(false)
    expect(last.output().stderr.toString()).toContain('was sent before')
    expect(team.runs()[key]).toBe(1)
  })

  it('makes a queue that is not there, and revokes what waits in it', async () => {
    const executor = team.program('jobs.echo', { queue: 'later' })
    const [cancelled, wanted] = [makeRun(), makeRun()]
    for (const { run } of [cancelled, wanted]) {
      expect(await executor.run(run)).toMatchObject({ status: 'handed-over' })
    }
    const end = async (made: MadeRun) =>
      (await executor.follow?.([followed(made)], NEVER))?.[0] ?? null
    expect(await end(cancelled)).toBe(null)
    // It keeps the order to itself until it takes the task.
    await executor.cancel?.([followed(cancelled)], NEVER)
    await team.control('add_consumer', 'later')
    await expect
      .poll(() => end(cancelled), { timeout: 15_000 })
      .toMatchObject({
        reason: expect.stringMatching(/^run_revoked: /),
      })
    await expect
      .poll(() => end(wanted), { timeout: 15_000 })
      .toMatchObject({
        status: 'succeeded',
      })
    expect(team.runs()[cancelled.run.idempotencyKey]).toBe(undefined)
    await executor.close?.()
  })

  it('says why the broker does not take a task, and goes on once it does', async () => {
    const wrong = server.url.replace('guest:guest', 'guest:not-to-be-shown')
    const outcome = await runTask('jobs.echo', { broker: wrong })
    expect(outcome).toMatchObject({
      retryable: false,
      reason: expect.stringMatching(/^broker_access_refused: The broker amqp:\/\/127\.0\.0\.1:/),
    })
    expect(JSON.stringify(outcome)).not.toContain('not-to-be-shown')
    const executor = team.program('jobs.echo', { queue: 'kept' })
    const send = () => executor.run(makeRun().run)
    expect(await send()).toMatchObject({ status: 'handed-over' })
    await server.kill()
    expect(await send()).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^(broker_unreachable|message_unconfirmed): /),
    })
    await server.start()
    await expect.poll(async () => (await send()).status, { timeout: 15_000 }).toBe('handed-over')
    await executor.close?.()
  })
})
