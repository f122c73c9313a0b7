import { setTimeout as sleep } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { makeRun, testExecutor } from 'hookline/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { NO_PROGRAM } from '../servers/no-program.ts'
import { closeAll, create as createAt, followed, handOver, never } from './create-temporal.ts'
import { TemporalServer } from './server.ts'

const server = new TemporalServer()

beforeAll(() => server.start())
afterEach(closeAll)
afterAll(() => server.stop())

const create = (more: object = {}) => createAt(server, more)

describe('temporal', () => {
  it('starts a workflow with a CloudEvent, with every digit, and gives its result', async () => {
    const made = makeRun({
      type: 'push',
      stdin: '{"payload":{"id":12345678901234567890}}',
      timeoutSeconds: 60,
    })
    const handed = await handOver(server, create(), made)
    const start = handed.workflow()?.start
    expect(start).toMatchObject({
      workflowType: { name: 'deploy' },
      taskQueue: { name: 'deploys' },
      workflowExecutionTimeout: { seconds: expect.objectContaining({ low: 70 }) },
    })
    const [input] = start?.input?.payloads ?? []
    const data = Buffer.from(input?.data ?? []).toString()
    expect(data).toContain('"data":{"id":12345678901234567890}')
    expect(JSON.parse(data)).toMatchObject({ specversion: '1.0', type: 'contract.push' })
    expect(await handed.look()).toBeNull()
    server.complete(handed.id, { deployed: true })
    expect(await handed.look()).toEqual({ status: 'succeeded', result: { deployed: true } })
  })

  it('takes a workflow that is there, or was there, instead of starting it again', async () => {
    const args = ['{branch}', { cel: 'payload.size' }]
    const given = { idempotencyKey: 'tsk_once-0', facts: { branch: 'main' }, payload: { size: 12 } }
    const first = await handOver(server, create({ args }), makeRun(given))
    const runId = first.workflow()?.runId
    const payloads = first.workflow()?.start.input?.payloads ?? []
    expect(payloads.map(({ data }) => `${Buffer.from(data ?? [])}`)).toEqual(['"main"', '12'])
    await handOver(server, create(), makeRun(given))
    server.complete('tsk_once-0', 1)
    const third = await handOver(server, create(), makeRun(given))
    expect(await third.look()).toEqual({ status: 'succeeded', result: 1 })
    expect(third.workflow()?.runId).toBe(runId)
  })

  it('says why a workflow failed, down to the first cause', async () => {
    const executor = create()
    const cases: [Parameters<TemporalServer['fail']>[1], object][] = [
      [
        {
          message: 'Activity task failed',
          activityFailureInfo: { activityType: { name: 'push' } },
          cause: {
            message: 'it broke',
            stackTrace: 'TypeError: it broke\n    at push.ts',
            applicationFailureInfo: { type: 'TypeError', nonRetryable: true },
          },
        },
        { reason: 'activity push: TypeError: it broke' },
      ],
      [
        {
          activityFailureInfo: { activityType: { name: 'push' } },
          cause: { timeoutFailureInfo: { timeoutType: 1 } },
        },
        { reason: 'activity push: timed out (START_TO_CLOSE)' },
      ],
      [
        { message: 'no such branch', applicationFailureInfo: { nonRetryable: true } },
        { reason: 'no such branch', retryable: false },
      ],
    ]
    for (const [failure, expected] of cases) {
      const handed = await handOver(server, executor)
      server.fail(handed.id, failure)
      expect(await handed.look()).toEqual({ status: 'failed', ...expected })
      expect(handed.stderr()).toBe(failure.cause?.stackTrace ? `${failure.cause.stackTrace}\n` : '')
    }
  })

  it('tells time-outs, cancellations, terminations and losses apart', async () => {
    const executor = create()
    const [late, cancelled, terminated, secret, gone] = await Promise.all(
      Array.from({ length: 5 }, () => handOver(server, executor)),
    )
    if (!late || !cancelled || !terminated || !secret || !gone) throw new Error('five are needed')
    server.close(late.id, 'WORKFLOW_EXECUTION_STATUS_TIMED_OUT', {
      workflowExecutionTimedOutEventAttributes: {},
    })
    expect(await late.look()).toEqual({
      status: 'failed',
      reason: 'the workflow was timed out by Temporal',
    })
    server.close(cancelled.id, 'WORKFLOW_EXECUTION_STATUS_CANCELED', {
      workflowExecutionCanceledEventAttributes: {},
    })
    expect(await cancelled.look()).toMatchObject({
      reason: expect.stringMatching(/^run_revoked: The workflow was cancelled at Temporal\. /),
    })
    server.close(terminated.id, 'WORKFLOW_EXECUTION_STATUS_TERMINATED', {
      workflowExecutionTerminatedEventAttributes: { reason: 'by Ann' },
    })
    expect(await terminated.look()).toMatchObject({
      reason: expect.stringMatching(
        /^run_revoked: The workflow was terminated at Temporal: by Ann\./,
      ),
    })
    server.complete(secret.id, 'x', 'binary/encrypted')
    expect(await secret.look()).toEqual({ status: 'succeeded' })
    expect(secret.stderr()).toContain('the result of the workflow cannot be read')
    server.workflows.delete(gone.id)
    expect(await gone.look()).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^run_forgotten: The namespace "default" has no workflow tsk_/),
    })
  })

  it('cancels a workflow once, and terminates it after a while', async () => {
    const handed = await handOver(server, create({ terminateAfterSeconds: 0.3 }))
    await handed.cancel()
    await handed.cancel()
    expect(handed.workflow()).toMatchObject({ cancelRequests: 1, close: null })
    await sleep(300)
    await handed.cancel()
    expect(await handed.look()).toMatchObject({
      reason: expect.stringMatching(
        /^run_revoked: .* terminated at Temporal: cancelled by Hookline/,
      ),
    })
    await handed.cancel()
    const soft = await handOver(server, create())
    await soft.cancel()
    server.complete(soft.id, 'in time')
    await soft.cancel()
    expect(await soft.look()).toEqual({ status: 'succeeded', result: 'in time' })
  })

  it('asks again where nobody knows whether the workflow was started', async () => {
    const cut = { code: status.UNAVAILABLE, details: 'Connection dropped' }
    server.refusals.push({ method: 'StartWorkflowExecution', isDone: true, refusal: cut })
    const sure = await handOver(server, create())
    expect(await sure.look()).toBeNull()
    const calls = server.calls.filter((name) => name === 'StartWorkflowExecution').length
    const executor = create({ confirmSeconds: 0.3 })
    await handOver(server, executor)
    const made = makeRun()
    server.refusals.push({ method: 'StartWorkflowExecution', isDone: false, refusal: cut })
    const unsure = await handOver(server, executor, made)
    expect(server.calls.filter((name) => name === 'StartWorkflowExecution').length).toBe(calls + 2)
    // It did not arrive. That is believed at the second look.
    expect(await unsure.look()).toBeNull()
    expect(await unsure.look()).toMatchObject({ reason: expect.stringMatching(/^run_forgotten/) })
  })

  it('follows hundreds of workflows, some requests at a time', async () => {
    const executor = create()
    const many = Array.from({ length: 300 }, () => makeRun())
    await Promise.all(many.map(({ run }) => executor.run(run)))
    for (const { run } of many.slice(0, 150)) server.complete(run.idempotencyKey, null)
    const refusal = { code: status.RESOURCE_EXHAUSTED, details: 'namespace rate limit exceeded' }
    server.refusals.push({ method: 'DescribeWorkflowExecution', isDone: false, refusal })
    const [refused] = (await executor.follow?.(many.map(followed), never)) ?? []
    expect(refused).toBeNull()
    const outcomes = (await executor.follow?.(many.map(followed), never)) ?? []
    expect(outcomes.slice(0, 150).every((outcome) => outcome?.status === 'succeeded')).toBe(true)
    expect(outcomes.slice(150).every((outcome) => outcome === null)).toBe(true)
  })

  testExecutor(
    { describe, it },
    {
      stopSeconds: 3,
      handsOver: true,
      programs: {
        ...NO_PROGRAM,
        succeed: () => ended((id) => server.complete(id, {})),
        fail: () => ended((id) => server.fail(id, { message: 'it broke' })),
        'fail-for-good': () => create({ address: server.address, workflow: '{absent}' }),
        'ignore-input': () => ended((id) => server.complete(id, {}), { args: [] }),
      },
    },
  )
})

/** An executor whose workflows end at once. */
function ended(end: (id: string) => void, more: object = {}): ExecutorInstance {
  const executor = create({ ...more })
  return {
    ...executor,
    run: async (run) => {
      const outcome = await executor.run(run)
      if (outcome.status === 'handed-over') end(outcome.ref)
      return outcome
    },
  }
}
