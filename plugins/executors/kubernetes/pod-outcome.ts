import {
  type EndOutcome,
  type FailedOutcome,
  HooklineError,
  outcomeOfFault,
} from '../../../core/sdk/executor.ts'
import { type Pod, programState, type Terminated, trueCondition, type Waiting } from './objects.ts'

const MAX_MESSAGE_LENGTH = 500
const NOT_IN_IMAGE = /executable file not found|no such file or directory|permission denied/i
/** What a registry says of an image that it will not have later either. */
const NO_SUCH_IMAGE =
  /not found|manifest unknown|does not exist|denied|unauthorized|authentication required|invalid reference/i
/** https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/images/types.go */
const NO_IMAGE = ['ErrImageNeverPull', 'InvalidImageName']
const PULL_FAILS = [
  'ErrImagePull',
  'ImagePullBackOff',
  'RegistryUnavailable',
  'ErrImagePullBackOff',
]
const NOT_STARTED = ['StartError', 'ContainerCannotRun']
/** How long a cause that may go away is waited for. */
const PATIENCE_SECONDS = 120
/** The Secret of the run may come a moment after its pod. */
const CONFIG_SECONDS = 10

/** How a run ended whose pod has ended, or whose container has. */
export function outcomeOfPod(pod: Pod): EndOutcome {
  const ended = programState(pod)?.terminated
  if (ended?.exitCode === 0) return { status: 'succeeded', exitCode: 0 }
  const cause = disruption(pod)
  if (cause !== null) {
    return { ...lost(cause), ...(ended === undefined ? {} : { exitCode: ended.exitCode }) }
  }
  if (ended === undefined) {
    return pod.status?.phase === 'Succeeded'
      ? { status: 'succeeded', exitCode: 0 }
      : lost('its pod failed, and nothing says why')
  }
  return outcomeOfContainer(ended)
}

/** A run that the cluster ended or lost. It is tried again. */
export function lost(cause: string): FailedOutcome {
  const remedy = 'The task is tried again. The program may have run in part.'
  return outcomeOfFault(new HooklineError('run_lost', cause, { remedy }), true)
}

/** A run whose Job the cluster does not have any more. It is tried again. */
export function forgotten(): FailedOutcome {
  const cause = 'its Job is gone: somebody removed it, or it had ended for longer than it is kept'
  const remedy =
    'The task is tried again. Raise `ttlSecondsAfterFinished` if Hookline was away for longer.'
  return outcomeOfFault(new HooklineError('run_forgotten', cause, { remedy }), true)
}

/**
 * Why a container that waits will never start; null if it may. `seconds` is how long it has waited for what it lacks.
 */
export function hopelessWait(
  { reason = '', message = '' }: Waiting,
  image: string,
  seconds: number,
): FailedOutcome | null {
  const said = message === '' ? reason : message.slice(0, MAX_MESSAGE_LENGTH)
  if (NO_IMAGE.includes(reason)) return noImage(image, said, false)
  if (PULL_FAILS.includes(reason)) {
    if (NO_SUCH_IMAGE.test(message)) return noImage(image, said, false)
    return seconds < PATIENCE_SECONDS ? null : noImage(image, said, true)
  }
  if (reason === 'CreateContainerConfigError' && seconds >= CONFIG_SECONDS) {
    return refused(said, false)
  }
  const isFault = reason === 'CreateContainerError' || reason === 'RunContainerError'
  return isFault && seconds >= PATIENCE_SECONDS ? refused(said, true) : null
}

/** Whether a waiting container lacks something: `hopelessWait` needs to know for how long. */
export function isFaultyWait({ reason = '' }: Waiting): boolean {
  return PULL_FAILS.includes(reason) || /Error$/.test(reason)
}

/** A note for the output of a run whose pod has not started; null if there is nothing to say. */
export function noteOfWait(pod: Pod): string | null {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') return `no node takes the pod: ${scheduled.message ?? ''}`
  const waiting = programState(pod)?.waiting
  return waiting !== undefined && isFaultyWait(waiting)
    ? `the container does not start: ${waiting.message ?? waiting.reason}`
    : null
}

// https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
function disruption(pod: Pod): string | null {
  const { reason, message } = pod.status ?? {}
  const condition = trueCondition(pod, 'DisruptionTarget')
  if (reason === undefined && condition === undefined) return null
  const why = [reason ?? condition?.reason, message ?? condition?.message].filter(Boolean)
  return `the cluster ended its pod: ${why.join(': ').slice(0, MAX_MESSAGE_LENGTH)}`
}

function outcomeOfContainer({ exitCode, reason = '', message = '' }: Terminated): EndOutcome {
  if (reason === 'OOMKilled') {
    const fault = new HooklineError(
      'out_of_memory',
      'the program needed more than the memory limit of its container, or of the node',
      { remedy: 'Raise `resources.limits.memory`, or make the program use less.' },
    )
    return { ...outcomeOfFault(fault), exitCode }
  }
  if (NOT_STARTED.includes(reason)) return notStarted(message)
  const signal = exitCode > 128 && exitCode < 128 + 65 ? ` (signal ${exitCode - 128})` : ''
  const missing = exitCode === 127 ? ': the command, or one that it ran, is not in the image' : ''
  return { status: 'failed', reason: `exited with code ${exitCode}${signal}${missing}`, exitCode }
}

function notStarted(message: string): FailedOutcome {
  const said = message.slice(0, MAX_MESSAGE_LENGTH)
  if (!NOT_IN_IMAGE.test(said)) return refused(said, false)
  const fault = new HooklineError(
    'program_not_found',
    `the container cannot run its command: ${said}`,
    { remedy: 'Check `command` and `args`, and that the image holds the program.' },
  )
  return outcomeOfFault(fault, false)
}

function noImage(image: string, said: string, retryable: boolean): FailedOutcome {
  const fault = new HooklineError(
    'image_unavailable',
    `The image "${image}" cannot be fetched: ${said}`,
    { remedy: 'Check `image`, `imagePullSecrets`, and the access of the nodes to the registry.' },
  )
  return outcomeOfFault(fault, retryable)
}

function refused(said: string, retryable: boolean): FailedOutcome {
  const fault = new HooklineError('container_refused', `the container cannot be made: ${said}`)
  return outcomeOfFault(fault, retryable)
}
