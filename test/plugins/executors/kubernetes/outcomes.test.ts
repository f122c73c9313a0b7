import type { HandedOverRun } from 'hookline/sdk/executor'
import { makeRun, runToEnd } from 'hookline/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type PodStatus, statusOf } from '../../../fixtures/kubernetes/controller.ts'
import { cluster, createKubernetes } from './create-kubernetes.ts'

const { controller } = cluster
let now = Date.now()

beforeEach(() => {
  controller.runsContainers = false
  now = Date.now()
})
afterEach(() => {
  controller.runsContainers = true
  for (const { metadata } of controller.all('jobs')) controller.remove('jobs', metadata.name)
})

/** Hands a run over to a cluster that leaves its pod to the test. */
async function handOver(options: object = {}) {
  const executor = createKubernetes(options, { clock: () => now })
  const made = makeRun()
  const { ref = '' } = (await executor.run(made.run)) as { ref?: string }
  const followed: HandedOverRun = { ...made.run, ref, handedOverAt: now }
  const name = ref.split('/')[1] ?? ''
  return {
    look: async () => (await executor.follow([followed], new AbortController().signal))[0] ?? null,
    output: () => made.output().stderr.toString(),
    set: (status: PodStatus) => {
      const pod = controller.podOf(name)
      if (pod !== undefined) controller.setStatus(pod, status)
    },
    pod: () => controller.podOf(name),
    job: () => controller.get('jobs', name),
    name,
  }
}

const waiting = (reason: string, message = '') =>
  statusOf('Pending', { waiting: { reason, message } })
const ended = (terminated: object) => ({ ...statusOf('Failed', { terminated }) })

describe('how a run ended', () => {
  it.each<[string, PodStatus, object]>([
    [
      'by its exit code',
      ended({ exitCode: 3, reason: 'Error' }),
      { reason: 'exited with code 3', exitCode: 3 },
    ],
    [
      'by a signal',
      ended({ exitCode: 137, reason: 'Error' }),
      { reason: 'exited with code 137 (signal 9)', exitCode: 137 },
    ],
    [
      'out of memory',
      ended({ exitCode: 137, reason: 'OOMKilled' }),
      { reason: expect.stringMatching(/^out_of_memory: .*Raise `resources/), exitCode: 137 },
    ],
    [
      'without its command',
      ended({
        exitCode: 128,
        reason: 'StartError',
        message: 'exec: "x": executable file not found',
      }),
      { reason: expect.stringMatching(/^program_not_found: .*"x"/), retryable: false },
    ],
    [
      'evicted',
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      { reason: expect.stringMatching(/^run_lost: .*Evicted: The node was low/), retryable: true },
    ],
    [
      'for a pod of more importance',
      {
        ...ended({ exitCode: 143, reason: 'Error' }),
        conditions: [
          {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'PreemptionByScheduler',
            message: '',
          },
        ],
      },
      { reason: expect.stringMatching(/^run_lost: .*Preemption/), retryable: true, exitCode: 143 },
    ],
  ])('%s', async (_, status, expected) => {
    const run = await handOver()
    expect(await run.look()).toBeNull()
    run.set(status)
    expect(await run.look()).toEqual({ status: 'failed', ...expected })
  })

  it('since somebody removed the Job, or only its pod', async () => {
    const one = await handOver()
    controller.remove('jobs', one.name)
    expect(await one.look()).toMatchObject({
      reason: expect.stringMatching(/^run_forgotten: its Job is gone/),
      retryable: true,
    })
    const other = await handOver()
    const job = other.job()
    controller.remove('pods', other.pod()?.metadata.name ?? '')
    const condition = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }
    if (job !== undefined) job.status = { conditions: [condition] }
    expect(await other.look()).toMatchObject({
      reason: expect.stringMatching(/^run_lost: its pod is gone: BackoffLimitExceeded/),
      retryable: true,
    })
  })

  it('on a node that does not answer', async () => {
    const run = await handOver()
    run.set(statusOf('Running', { running: {} }))
    const pod = run.pod()
    if (pod !== undefined) pod.metadata.deletionTimestamp = new Date(now).toISOString()
    expect(await run.look()).toBeNull()
    now += 61_000
    expect(await run.look()).toMatchObject({
      reason: expect.stringMatching(/^run_lost: the node of its pod does not answer/),
      retryable: true,
    })
    expect(run.job()).toBeUndefined()
  })
})

it('waits for its output, but not for long', async () => {
  cluster.refuse = ({ kind }) => (kind === 'log' ? { status: 500, message: 'no node' } : null)
  const run = await handOver()
  run.set(ended({ exitCode: 1, reason: 'Error' }))
  expect(await run.look()).toBeNull()
  now += 60_000
  expect(await run.look()).toMatchObject({ exitCode: 1 })
  expect(run.output()).toMatch(
    /^\[hookline\] The end of the output could not be read: .*no node\n$/,
  )
  cluster.refuse = () => null
})

describe('a container that does not start', () => {
  it.each([
    ['InvalidImageName', '', /^image_unavailable/, false, 0],
    ['ErrImageNeverPull', '', /^image_unavailable/, false, 0],
    ['ErrImagePull', 'registry/a:1: not found', /^image_unavailable: .*not found/, false, 0],
    ['ImagePullBackOff', 'Back-off: i/o timeout', /^image_unavailable: .*timeout/, true, 120],
    ['CreateContainerConfigError', 'image runs as root', /^container_refused: .*root/, false, 10],
    ['CreateContainerError', 'no space', /^container_refused: .*no space/, true, 120],
  ])('since of %s %s', async (reason, message, why, retryable, seconds) => {
    const run = await handOver()
    run.set(waiting(reason, message))
    expect(await run.look()).toBeNull()
    if (seconds > 0) {
      now += (seconds - 1) * 1000
      expect(await run.look()).toBeNull()
      expect(run.job()).toBeDefined()
      now += 1000
      expect(await run.look()).toBeNull()
    }
    // The Job is removed first, so that it cannot run after all.
    expect(run.job()).toBeUndefined()
    expect(await run.look()).toEqual({
      status: 'failed',
      reason: expect.stringMatching(why),
      retryable,
    })
  })

  it('is said once in the output, and waited for', async () => {
    const run = await handOver()
    const message = '0/3 nodes are available: 3 Insufficient memory.'
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }]
    run.set({ phase: 'Pending', conditions })
    for (const _ of [1, 2]) expect(await run.look()).toBeNull()
    expect(run.output()).toBe(`[hookline] no node takes the pod: ${message}\n`)
  })

  it('for the lack of a pod is said too', async () => {
    const run = await handOver()
    controller.remove('pods', run.pod()?.metadata.name ?? '')
    controller.add('events', {
      metadata: { name: `${run.name}.1` },
      ...{ type: 'Warning', message: 'pods "x" is forbidden: violates PodSecurity' },
      ...{ involvedObject: { uid: run.job()?.metadata.uid } },
    })
    expect(await run.look()).toBeNull()
    expect(run.output()).toBe('')
    now += 11_000
    for (const _ of [1, 2]) expect(await run.look()).toBeNull()
    expect(run.output()).toMatch(/^\[hookline\] the Job has no pod yet: .*violates PodSecurity\n$/)
  })
})

it('is ended by the cluster at the time limit', async () => {
  controller.runsContainers = true
  const made = makeRun({ timeoutSeconds: 1 })
  expect(await runToEnd(createKubernetes({ command: ['sleep', '60'] }), made.run)).toEqual({
    status: 'failed',
    reason: expect.stringContaining('DeadlineExceeded'),
  })
})
