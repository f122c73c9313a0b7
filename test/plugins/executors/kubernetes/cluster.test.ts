import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeRun } from 'hookline/testing'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cluster, createKubernetes, folder } from './create-kubernetes.ts'

const { controller } = cluster
const never = new AbortController().signal

beforeAll(() => {
  controller.runsContainers = false
  writeFileSync(join(folder, 'old-token.yaml'), cluster.kubeconfig('an-old-token'))
  const elsewhere = cluster.kubeconfig().replace(`:${cluster.port}`, ':1')
  writeFileSync(join(folder, 'elsewhere.yaml'), elsewhere)
  writeFileSync(join(folder, 'broken.yaml'), 'clusters: [a-secret-that-is-not-shown')
})
afterEach(() => {
  cluster.refuse = () => null
  cluster.isAway = false
})

describe('a cluster that does not take a run', () => {
  it.each([
    [
      'an old token',
      { kubeconfig: 'old-token.yaml' },
      /^cluster_access_refused: .*Renew/,
      undefined,
    ],
    ['another namespace', { namespace: 'none' }, /^namespace_missing: .*"none"/, undefined],
    [
      'no server',
      { kubeconfig: 'elsewhere.yaml' },
      /^cluster_unreachable: .*nothing listens/,
      true,
    ],
    [
      'no file',
      { kubeconfig: 'none.yaml' },
      /^cluster_unreachable: .*there is no .*none.yaml/,
      undefined,
    ],
    ['no such context', { context: 'none' }, /^cluster_unreachable: .*"none"/, undefined],
  ])('%s', async (_, options, reason, retryable) => {
    const outcome = await createKubernetes(options).run(makeRun().run)
    const said = outcome.status === 'failed' ? outcome : { reason: 'handed over' }
    expect(said.reason).toMatch(reason)
    expect('retryable' in said ? said.retryable : undefined).toBe(retryable)
  })

  it('does not show what its configuration holds', async () => {
    const outcome = await createKubernetes({ kubeconfig: 'broken.yaml' }).run(makeRun().run)
    expect(JSON.stringify(outcome)).toMatch(/cluster_unreachable: .*broken.yaml/)
    expect(JSON.stringify(outcome)).not.toContain('a-secret')
  })

  it.each([
    [
      'create',
      { status: 403, message: 'jobs.batch is forbidden: User "a" cannot create resource "jobs"' },
      { reason: expect.stringMatching(/^cluster_access_refused: .*create jobs.*A Role needs/) },
    ],
    [
      'quota',
      { status: 403, message: 'jobs.batch "x" is forbidden: exceeded quota: small' },
      { reason: expect.stringMatching(/^job_refused: .*exceeded quota/), retryable: true },
    ],
    [
      'policy',
      { status: 403, message: 'admission webhook "policy" denied the request' },
      { reason: expect.stringMatching(/^job_refused: .*denied the request/), retryable: false },
    ],
    [
      'size',
      { status: 500, message: 'etcdserver: request is too large' },
      { reason: expect.stringMatching(/^job_refused: .*too large.*params/), retryable: false },
    ],
    [
      'invalid',
      { status: 422, message: 'Job "x" is invalid: spec.template: Invalid value' },
      { reason: expect.stringMatching(/^job_refused: .*Invalid value/), retryable: false },
    ],
  ])('for a reason that the cluster gives: %s', async (_, refusal, expected) => {
    cluster.refuse = ({ method }) => (method === 'POST' ? refusal : null)
    const outcome = await createKubernetes().run(makeRun().run)
    expect(outcome).toEqual({ status: 'failed', ...expected })
  })
})

describe('a cluster that is busy or away', () => {
  it.each([429, 500, 503])('is asked again after %i', async (status) => {
    let left = 2
    const headers = { 'retry-after': '0' }
    cluster.refuse = () => (left-- > 0 ? { status, message: 'busy', headers } : null)
    expect(await createKubernetes().run(makeRun().run)).toMatchObject({ status: 'handed-over' })
  })

  it('fails the run for now in the end', async () => {
    cluster.refuse = () => ({ status: 503, message: 'etcd leader changed', headers: {} })
    expect(await createKubernetes().run(makeRun().run)).toEqual({
      status: 'failed',
      reason: expect.stringMatching(/^cluster_unreachable: .*503.*etcd leader changed/),
      retryable: true,
    })
  })

  it('loses no run that it was given', async () => {
    const executor = createKubernetes()
    const made = makeRun()
    const { ref } = (await executor.run(made.run)) as { readonly ref: string }
    const followed = { ...made.run, ref, handedOverAt: Date.now() }
    cluster.isAway = true
    await expect(executor.follow([followed], never)).rejects.toMatchObject({
      code: 'cluster_unreachable',
    })
    cluster.isAway = false
    expect(await executor.follow([followed], never)).toEqual([null])
    await executor.cancel([followed], never)
    await executor.cancel([followed], never)
    expect(controller.get('jobs', ref.split('/')[1] ?? '')).toBeUndefined()
    expect(await executor.follow([followed], never)).toMatchObject([{ status: 'failed' }])
  })
})
