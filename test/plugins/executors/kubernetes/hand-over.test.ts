import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { V1JobSpec } from '@kubernetes/client-node'
import { makeRun, runToEnd } from 'hookline/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { cluster, createKubernetes, folder } from './create-kubernetes.ts'

const { controller } = cluster
const KILLED = join(import.meta.dirname, '../../../fixtures/executors/hand-over-until-killed.ts')
const PATIENT = { timeout: 15_000 }
const never = new AbortController().signal
let keys = 0

afterEach(() => {
  cluster.refuse = () => null
  controller.runsContainers = true
  for (const { metadata } of controller.all('jobs')) controller.remove('jobs', metadata.name)
})

/** A key as a worker makes it, and the name of its Job. */
function nextKey() {
  const id = `01JEXAMPLE${String(++keys).padStart(16, '0')}`
  return { idempotencyKey: `tsk_${id}-0`, name: `hookline-${id.toLowerCase()}-0` }
}

describe('a run as a Job', () => {
  it('has what the options say, closed by default, and gets the event in a Secret', async () => {
    controller.runsContainers = false
    const { idempotencyKey, name } = nextKey()
    const made = makeRun({
      idempotencyKey,
      timeoutSeconds: 90,
      payload: { size: 3 },
      args: ['$(KEY)'],
    })
    const executor = createKubernetes({
      image: 'registry.example.com/app:1',
      imagePullPolicy: 'Always',
      imagePullSecrets: ['registry'],
      command: ['app'],
      args: ['--all'],
      cwd: '/srv',
      env: { STAGE: 'a $(KEY) $$', WEBHOOK_SOURCE: 'own' },
      secretEnv: { KEY: 'a-secret' },
      eventFile: 'payload',
      user: '1000:2000',
      serviceAccountName: 'runner',
      nodeSelector: { pool: 'jobs' },
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      resources: { limits: { memory: '1Gi', 'nvidia.com/gpu': '1' } },
      labels: { team: 'a' },
      annotations: { note: 'b' },
    })
    const run = { ...made.run, env: { WEBHOOK_SOURCE: 'github' } }
    expect(await executor.run(run)).toEqual({ status: 'handed-over', ref: `jobs/${name}` })
    const job = controller.get('jobs', name)
    const labels = { team: 'a', 'hookline.program': 'contract', 'hookline.task': run.taskId }
    expect(job?.metadata.labels).toMatchObject(labels)
    expect(job?.metadata.annotations).toMatchObject({ note: 'b', 'hookline.key': idempotencyKey })
    const spec = job?.spec as V1JobSpec
    expect(spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 90 })
    expect(spec.ttlSecondsAfterFinished).toBe(86_400)
    expect(spec.template.spec).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: true,
      serviceAccountName: 'runner',
      imagePullSecrets: [{ name: 'registry' }],
      nodeSelector: { pool: 'jobs' },
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      securityContext: { runAsUser: 1000, runAsGroup: 2000, runAsNonRoot: true },
    })
    const [container] = spec.template.spec?.containers ?? []
    expect(container).toMatchObject({
      image: 'registry.example.com/app:1',
      imagePullPolicy: 'Always',
      command: ['app'],
      args: ['--all', '$$(KEY)'],
      workingDir: '/srv',
      resources: { limits: { memory: '1Gi', 'nvidia.com/gpu': '1' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    })
    expect(container?.env?.[0]).toEqual({ name: 'STAGE', value: 'a $$(KEY) $$$$' })
    expect(JSON.stringify(job)).not.toMatch(/a-secret|"size"|"own"|"github"/)
    const secret = controller.get('secrets', name)
    expect(secret?.stringData).toEqual({
      KEY: 'a-secret',
      WEBHOOK_SOURCE: 'github',
      'event.json': '{"size":3}',
    })
    expect(secret?.metadata.ownerReferences).toMatchObject([{ uid: job?.metadata.uid }])
  })

  it('reads the event, writes as it runs, and gives its last line as the result', async () => {
    const command = ['sh', '-c', `cat "$WEBHOOK_EVENT_FILE"; echo; echo '{"done":true}'`]
    const made = makeRun({ stdin: '{"payload":1}' })
    const outcome = await runToEnd(createKubernetes({ command }), made.run)
    expect(outcome).toEqual({ status: 'succeeded', exitCode: 0, result: { done: true } })
    expect(made.output().stdout.toString()).toBe('{"payload":1}\n{"done":true}\n')
  })

  it('leaves nothing behind where its Secret is refused, or would be too large', async () => {
    const message = 'secrets is forbidden: User "a" cannot create resource "secrets"'
    cluster.refuse = ({ kind }) => (kind === 'secrets' ? { status: 403, message } : null)
    expect(await createKubernetes().run(makeRun().run)).toMatchObject({
      reason: expect.stringMatching(/^cluster_access_refused: .*create secrets.*A Role needs/),
    })
    cluster.refuse = () => null
    const stdin = 'x'.repeat(1024 * 1024 + 1)
    expect(await createKubernetes().run(makeRun({ stdin }).run)).toMatchObject({
      reason: expect.stringMatching(/^job_refused: .*1048577 bytes.*eventFile/),
      retryable: false,
    })
    expect(controller.all('jobs')).toEqual([])
  })
})

it('does not begin where it was cancelled before its Secret was there', async () => {
  const made = makeRun()
  cluster.refuse = ({ method }) => {
    if (method === 'POST') made.abort('cancelled')
    return null
  }
  expect(await createKubernetes().run(made.run)).toEqual({
    status: 'failed',
    reason: 'stopped: cancelled',
  })
  expect([...controller.all('jobs'), ...controller.all('secrets')]).toEqual([])
})

describe('a run that is handed over twice', () => {
  it('is one Job, also where its node was killed between Job and Secret', async () => {
    const { idempotencyKey, name } = nextKey()
    const node = spawn(process.execPath, [KILLED, idempotencyKey, folder], { stdio: 'inherit' })
    cluster.refuse = ({ kind }) => {
      if (kind !== 'secrets') return null
      node.kill('SIGKILL')
      return { status: 503, message: 'too late' }
    }
    await once(node, 'exit')
    cluster.refuse = () => null
    const before = controller.get('jobs', name)?.metadata.uid
    expect(before).toBeDefined()
    expect(controller.all('secrets')).toEqual([])
    const executor = createKubernetes()
    for (const _ of [1, 2]) {
      const outcome = await runToEnd(executor, makeRun({ idempotencyKey }).run)
      expect(outcome).toEqual({ status: 'succeeded', exitCode: 0 })
    }
    expect(controller.all('jobs').map(({ metadata }) => metadata.uid)).toEqual([before])
  })

  it('does not take over a Job that is not its own', async () => {
    const { idempotencyKey, name } = nextKey()
    controller.runsContainers = false
    controller.add('jobs', { metadata: { name, namespace: 'jobs' }, spec: {} })
    expect(await createKubernetes().run(makeRun({ idempotencyKey }).run)).toEqual({
      status: 'failed',
      reason: expect.stringMatching(/^job_refused: .*that this task did not make/),
      retryable: true,
    })
    expect(controller.get('jobs', name)).toBeDefined()
  })

  it('replaces the Secret of a Job that was removed', async () => {
    const { idempotencyKey, name } = nextKey()
    controller.add('secrets', { metadata: { name, ownerReferences: [{ uid: 'gone' }] } })
    const made = makeRun({ idempotencyKey })
    expect(await runToEnd(createKubernetes(), made.run)).toMatchObject({ status: 'succeeded' })
    const owners = controller.get('secrets', name)?.metadata.ownerReferences
    expect(owners?.[0]?.uid).toBe(controller.get('jobs', name)?.metadata.uid)
  })
})

describe('runs that are followed', () => {
  it('are asked for with one list, however many they are', async () => {
    controller.runsContainers = false
    const executor = createKubernetes()
    const runs = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const { run } = makeRun()
        const outcome = (await executor.run(run)) as { readonly ref: string }
        return { ...run, ref: outcome.ref, handedOverAt: Date.now() }
      }),
    )
    cluster.requests.length = 0
    expect((await executor.follow(runs, never)).every((one) => one === null)).toBe(true)
    expect(cluster.requests.map(({ method, kind, name }) => `${method} ${kind} ${name}`)).toEqual([
      'GET pods ',
    ])
    for (const pod of controller.all('pods')) controller.setStatus(pod, { phase: 'Succeeded' })
    const outcomes = await executor.follow(runs, never)
    expect(outcomes.every((one) => one?.status === 'succeeded')).toBe(true)
  })

  it('are told by the cluster when they have ended', async () => {
    const executor = createKubernetes({ command: ['sleep', '0.2'] })
    const { promise, resolve } = Promise.withResolvers<readonly string[]>()
    const stop = executor.watch(resolve)
    await expect
      .poll(() => cluster.requests.some(({ query }) => query.has('watch')), PATIENT)
      .toBe(true)
    const outcome = (await executor.run(makeRun().run)) as { readonly ref: string }
    expect(await promise).toEqual([outcome.ref])
    stop()
  })

  it('are read again by another node, which says so', async () => {
    const first = createKubernetes({ command: ['sh', '-c', 'echo before; sleep 1; echo after'] })
    const made = makeRun()
    const { ref } = (await first.run(made.run)) as { readonly ref: string }
    const followed = { ...made.run, ref, handedOverAt: Date.now() }
    await expect
      .poll(async () => {
        await first.follow([followed], never)
        return made.output().stdout.toString()
      }, PATIENT)
      .toBe('before\n')
    await first.close()
    const second = createKubernetes()
    await expect
      .poll(async () => (await second.follow([followed], never))[0], PATIENT)
      .toMatchObject({
        status: 'succeeded',
      })
    expect(made.output().stdout.toString()).toBe('before\nbefore\nafter\n')
    expect(made.output().stderr.toString()).toMatch(/output may repeat/)
  })
})
