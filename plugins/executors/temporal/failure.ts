import {
  type EndOutcome,
  HooklineError,
  type LogStream,
  outcomeOfFault,
} from '../../../core/sdk/executor.ts'

/** The parts of Temporal's failures that are shown. https://typescript.temporal.io/api/namespaces/common */
interface Failure extends Error {
  readonly cause?: Failure
  readonly type?: string | null
  readonly nonRetryable?: boolean | null
  readonly activityType?: string
  readonly workflowType?: string
  readonly timeoutType?: string
}

type Write = (stream: LogStream, chunk: Uint8Array) => void

const MAX_CAUSES = 20

/** The outcome of a workflow that has not been completed, by the cause that Temporal gives. */
export function outcomeOfFailure(cause: Error | undefined, write: Write): EndOutcome {
  const chain = chainOf(cause)
  for (const { stack } of chain) {
    if (stack !== undefined && stack !== '') write('stderr', Buffer.from(`${stack.trimEnd()}\n`))
  }
  const [first] = chain
  if (first?.name === 'CancelledFailure') {
    return revoked('The workflow was cancelled at Temporal')
  }
  if (first?.name === 'TerminatedFailure') {
    return revoked(`The workflow was terminated at Temporal: ${first.message}`)
  }
  if (first?.name === 'TimeoutFailure') {
    return { status: 'failed', reason: 'the workflow was timed out by Temporal' }
  }
  const isFinal = first?.name === 'ApplicationFailure' && first.nonRetryable === true
  const reason = chain.map(describe).join(': ') || 'the workflow failed without a reason'
  return { status: 'failed', reason, ...(isFinal && { retryable: false }) }
}

function revoked(why: string): EndOutcome {
  return outcomeOfFault(new HooklineError('run_revoked', `${why.replace(/\.$/, '')}.`))
}

function chainOf(cause: Error | undefined): readonly Failure[] {
  const chain: Failure[] = []
  let next = cause as Failure | undefined
  while (next instanceof Error && chain.length < MAX_CAUSES) {
    chain.push(next)
    next = next.cause
  }
  return chain
}

function describe(failure: Failure): string {
  const { name, message, type } = failure
  switch (name) {
    case 'ActivityFailure':
      return `activity ${failure.activityType}`
    case 'ChildWorkflowFailure':
      return `child workflow ${failure.workflowType}`
    case 'TimeoutFailure':
      return `timed out (${failure.timeoutType})`
    case 'CancelledFailure':
      return 'cancelled'
    default:
      return type === undefined || type === null || type === 'Error'
        ? message
        : `${type}: ${message}`
  }
}
