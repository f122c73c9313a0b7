import type { EndOutcome, HandedOverRun, PluginContext } from '../../../core/sdk/executor.ts'
import type { Cluster } from './cluster.ts'
import type { FollowedJob } from './followed-job.ts'
import { deleteJob, jobsPath } from './hand-over.ts'
import {
  hasHadPods,
  type Job,
  type Pod,
  parseRef,
  podsOfJob,
  programState,
  refOfPod,
  trueCondition,
} from './objects.ts'
import { forgotten, hopelessWait, lost, noteOfWait, outcomeOfPod } from './pod-outcome.ts'

export interface FollowTools {
  readonly cluster: Cluster
  /** Selects the pods of the program. */
  readonly selector: string
  readonly image: string
  readonly clock: PluginContext['clock']
  readonly signal: AbortSignal
}

/** Selects pods that have not ended. */
export const ACTIVE = 'status.phase!=Succeeded,status.phase!=Failed'

const PAGE = 500
const NOT_FOUND = 404
/** Runs that are looked at side by side. */
const AT_ONCE = 8
/** Output is written as it comes for so many runs; for the others, at their end. */
const MAX_LIVE = 50
/** No new work is begun after this time: what is missing waits for the next look. */
const LOOK_MS = 30_000
const LOG_READ_MS = 20_000
/** Output that cannot be read for so long is left out. */
const LOG_SECONDS = 60
/** So long after the end of its grace period, a pod is on a node that does not answer. */
const UNREACHABLE_SECONDS = 60
const NO_POD_SECONDS = 10

/** Looks at runs, with one list of the pods that are not over. What has ended, or has no pod, is asked for by its name. */
export async function followJobs(
  runs: readonly HandedOverRun[],
  stateOf: (run: HandedOverRun) => FollowedJob,
  tools: FollowTools,
): Promise<readonly (EndOutcome | null)[]> {
  const until = tools.clock() + LOOK_MS
  const active = await activePods(new Set(runs.map(({ ref }) => parseRef(ref).namespace)), tools)
  const outcomes: (EndOutcome | null)[] = runs.map(() => null)
  const states = runs.map(stateOf)
  let live = states.filter(({ isLive }) => isLive).length
  const queue = [...runs.entries()]
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, { ref }] = next
      const state = states[index]
      if (state === undefined || tools.clock() > until) return
      const pod = active.get(ref)
      outcomes[index] =
        pod === undefined
          ? await lookAtJob(ref, state, tools)
          : await lookAtPod(ref, pod, state, tools, () => live++ < MAX_LIVE)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return outcomes
}

async function activePods(
  namespaces: ReadonlySet<string>,
  { cluster, selector, signal }: FollowTools,
): Promise<ReadonlyMap<string, Pod>> {
  const found = new Map<string, Pod>()
  for (const namespace of namespaces) {
    const query = { labelSelector: selector, fieldSelector: ACTIVE }
    for (const pod of await listPods(cluster, namespace, query, signal)) {
      const known = found.get(refOfPod(pod))
      // A Job has one pod, and another one only if that is on its way out.
      if (known === undefined || isNewer(pod, known)) found.set(refOfPod(pod), pod)
    }
  }
  return found
}

async function listPods(
  cluster: Cluster,
  namespace: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const pods: Pod[] = []
  let next = ''
  do {
    const { body } = await cluster.call({
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/pods`,
      namespace,
      what: 'list pods',
      query: { ...query, limit: String(PAGE), ...(next === '' ? {} : { continue: next }) },
      signal,
    })
    const page = body as { items: readonly Pod[]; metadata: { continue?: string } }
    pods.push(...page.items)
    next = page.metadata.continue ?? ''
  } while (next !== '')
  return pods
}

async function lookAtPod(
  ref: string,
  pod: Pod,
  state: FollowedJob,
  tools: FollowTools,
  mayRead: () => boolean,
): Promise<EndOutcome | null> {
  const { cluster, image, clock, signal } = tools
  const { waiting, running, terminated } = programState(pod) ?? {}
  const { deletionTimestamp } = pod.metadata
  if (deletionTimestamp !== undefined) {
    const seconds = (clock() - Date.parse(deletionTimestamp)) / 1000
    if (seconds < UNREACHABLE_SECONDS) return null
    await deleteJob(cluster, ref, signal)
    return state.verdict ?? lost('the node of its pod does not answer; it may still run there')
  }
  if (terminated !== undefined) return await finish(outcomeOfPod(pod), pod, state, tools)
  if (running !== undefined) {
    if (!state.isLive && mayRead()) state.follow(cluster, pod)
    return null
  }
  if (state.verdict !== null) await deleteJob(cluster, ref, signal)
  const note = noteOfWait(pod)
  if (note !== null) state.note(note)
  if (waiting === undefined) return null
  const hopeless = hopelessWait(waiting, image, state.faultySeconds(waiting, clock()))
  if (hopeless === null) return null
  // It is told once the cluster has removed the pod, so that it cannot run after all.
  state.verdict = hopeless
  await deleteJob(cluster, ref, signal)
  return null
}

/** A run whose pod has ended, is gone, or has not been made. */
async function lookAtJob(
  ref: string,
  state: FollowedJob,
  tools: FollowTools,
): Promise<EndOutcome | null> {
  const { cluster, signal, clock } = tools
  const { namespace, name } = parseRef(ref)
  const { status, body } = await cluster.call({
    method: 'GET',
    path: jobsPath(namespace, name),
    namespace,
    what: 'get jobs',
    accepted: [NOT_FOUND],
    signal,
  })
  if (status === NOT_FOUND) return state.verdict ?? forgotten()
  const job = body as Job
  const failed = trueCondition(job, 'Failed') ?? trueCondition(job, 'FailureTarget')
  if (failed?.reason === 'DeadlineExceeded') {
    return { status: 'failed', reason: 'the cluster ended it at its time limit (DeadlineExceeded)' }
  }
  const pods = hasHadPods(job)
    ? await listPods(cluster, namespace, { labelSelector: podsOfJob(name) }, signal)
    : []
  const [pod] = pods.toSorted((one, other) => (isNewer(one, other) ? -1 : 1))
  if (pod !== undefined) {
    const { phase } = pod.status ?? {}
    // Otherwise it was made a moment ago.
    if (phase !== 'Succeeded' && phase !== 'Failed') return null
    return await finish(outcomeOfPod(pod), pod, state, tools)
  }
  if (trueCondition(job, 'Complete') !== undefined) {
    state.note('The pod is gone, so its output and its result are not known.')
    return { status: 'succeeded', exitCode: 0 }
  }
  if (failed !== undefined) {
    return lost(`its pod is gone: ${failed.reason ?? 'Failed'}: ${failed.message ?? ''}`)
  }
  if (clock() - Date.parse(job.metadata.creationTimestamp) > NO_POD_SECONDS * 1000) {
    await noteEvents(job, state, tools)
  }
  return null
}

async function finish(
  outcome: EndOutcome,
  pod: Pod,
  state: FollowedJob,
  { cluster, signal, clock }: FollowTools,
): Promise<EndOutcome | null> {
  // A container that was never started has no log.
  if (programState(pod)?.terminated === undefined) return outcome
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LOG_READ_MS)])
    await state.finishLog(cluster, pod, limit)
  } catch (error) {
    if (state.endedSeconds(clock()) < LOG_SECONDS) return null
    const why = error instanceof Error ? error.message : ''
    state.note(`The end of the output could not be read: ${why}`)
  }
  return state.withResult(outcome)
}

/** Why a Job has no pod is said nowhere else: a quota, or a policy of the namespace. */
async function noteEvents(
  { metadata }: Job,
  state: FollowedJob,
  { cluster, signal }: FollowTools,
): Promise<void> {
  const { namespace, uid } = metadata
  const { body } = await cluster.call({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/events`,
    namespace,
    what: 'list events',
    query: { fieldSelector: `involvedObject.uid=${uid},type=Warning`, limit: '10' },
    accepted: [403],
    signal,
  })
  const events = (body as { items?: readonly { readonly message?: string }[] }).items ?? []
  const message = events.at(-1)?.message
  if (message !== undefined) state.note(`the Job has no pod yet: ${message}`)
}

function isNewer(one: Pod, other: Pod): boolean {
  return one.metadata.creationTimestamp > other.metadata.creationTimestamp
}
