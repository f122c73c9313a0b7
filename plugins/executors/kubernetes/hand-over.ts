import { HooklineError, isHooklineError, type ProgramRun } from '../../../core/sdk/executor.ts'
import type { Cluster } from './cluster.ts'
import { jobBody, KEY_ANNOTATION, nameOfRun, secretBody } from './job-spec.ts'
import { type Job, refOf } from './objects.ts'
import type { KubernetesOptions } from './options.ts'

const CONFLICT = 409
const NOT_FOUND = 404

/** The paths of one namespace. */
export function jobsPath(namespace: string, name = ''): string {
  return `/apis/batch/v1/namespaces/${namespace}/jobs${name && `/${name}`}`
}

/**
 * Creates the Job of a run, and then its Secret, without which its pod does not begin. Both have the same names each time:
 * a run that was lost half way is completed. Returns what finds the Job again; null if nobody wants the run any more, and
 * it has not begun.
 */
export async function handOver(
  cluster: Cluster,
  settings: KubernetesOptions,
  run: ProgramRun,
): Promise<string | null> {
  const namespace = settings.namespace ?? cluster.namespace
  const place = { cluster, namespace, name: nameOfRun(run) }
  // Before the Job: what does not fit leaves nothing behind.
  secretBody(settings, run, { uid: '' })
  const { job, isNew } = await createJob(place, jobBody(settings, run), run)
  // Otherwise another node goes on with it.
  if (run.signal.reason === 'cancelled' || run.signal.reason === 'timeout') {
    await deleteJob(cluster, refOf(job))
    return isNew ? null : refOf(job)
  }
  try {
    await createSecret(place, secretBody(settings, run, job.metadata), isNew)
  } catch (error) {
    // Without a Secret the Job would wait for its time limit. If the answer was lost, the program may run already.
    const isDeleted = await deleteJob(cluster, refOf(job)).then(
      () => true,
      () => false,
    )
    if (isDeleted || !isTemporary(error)) throw error
  }
  return refOf(job)
}

/** Ends a Job and its pods, and removes it with its Secret. Does nothing if it is not there. */
export async function deleteJob(
  cluster: Cluster,
  ref: string,
  signal?: AbortSignal,
): Promise<void> {
  const [namespace = '', name = ''] = ref.split('/')
  await cluster.call({
    method: 'DELETE',
    path: jobsPath(namespace, name),
    namespace,
    what: 'delete jobs',
    query: { propagationPolicy: 'Background' },
    accepted: [NOT_FOUND],
    ...(signal === undefined ? {} : { signal }),
  })
}

interface Place {
  readonly cluster: Cluster
  readonly namespace: string
  readonly name: string
}

async function createJob(
  place: Place,
  body: object,
  run: ProgramRun,
): Promise<{ readonly job: Job; readonly isNew: boolean }> {
  const { cluster, namespace, name } = place
  const made = await cluster.call({
    method: 'POST',
    path: jobsPath(namespace),
    namespace,
    what: 'create jobs',
    body,
    accepted: [CONFLICT],
  })
  if (made.status !== CONFLICT) return { job: made.body as Job, isNew: true }
  const found = await cluster.call({
    method: 'GET',
    path: jobsPath(namespace, name),
    namespace,
    what: 'get jobs',
    accepted: [NOT_FOUND],
  })
  const job = found.body as Job
  const isThere = found.status !== NOT_FOUND
  if (isThere && job.metadata.annotations?.[KEY_ANNOTATION] === run.idempotencyKey) {
    return { job, isNew: false }
  }
  if (!isThere) throw beingRemoved('Job', name)
  const why = `The namespace "${namespace}" has a Job "${name}" that this task did not make`
  throw new HooklineError('job_refused', why, {
    remedy: 'Remove the Job, or set another `namespace`.',
    fields: { retryable: true },
  })
}

async function createSecret(
  { cluster, namespace, name }: Place,
  body: object,
  isJobNew: boolean,
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets`
  const create = () =>
    cluster.call({
      method: 'POST',
      path,
      namespace,
      what: 'create secrets',
      body,
      accepted: [CONFLICT],
    })
  // That of a Job which was there before is its own.
  if ((await create()).status !== CONFLICT || !isJobNew) return
  // Of this run, but of a Job that was removed: the Secret would go after it.
  await cluster.call({
    method: 'DELETE',
    path: `${path}/${name}`,
    namespace,
    what: 'delete secrets',
    accepted: [NOT_FOUND],
  })
  if ((await create()).status === CONFLICT) throw beingRemoved('Secret', name)
}

function beingRemoved(kind: string, name: string): HooklineError {
  return new HooklineError('job_refused', `The ${kind} "${name}" is being removed`, {
    remedy: 'The task is tried again.',
    fields: { retryable: true },
  })
}

function isTemporary(error: unknown): boolean {
  return isHooklineError(error) && error.code === 'cluster_unreachable'
}
