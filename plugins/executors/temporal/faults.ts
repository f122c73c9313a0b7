import { brokerFault, type HooklineError, isHooklineError } from '../../../core/sdk/executor.ts'
import type { TemporalOptions } from './options.ts'

/** https://grpc.io/docs/guides/status-codes/ */
const INVALID_ARGUMENT = 3
const NOT_FOUND = 5
const PERMISSION_DENIED = 7
const RESOURCE_EXHAUSTED = 8
const UNIMPLEMENTED = 12
const UNAUTHENTICATED = 16
/** How the library says that nothing was sent, and why. */
const NOT_SENT =
  /^(?:No connection established\. Last error: (.*?)\. Resolution note|(Name resolution failed))/s
const NO_ERROR = 'null'
const MAX_WHY = 200

/** Where the workflows are, for messages. */
export type TemporalPlace = Pick<TemporalOptions, 'address' | 'namespace'>

/** Temporal's name for messages. */
export function nameOf({ address }: TemporalPlace): string {
  return `Temporal at ${address}`
}

/**
 * What the error of a call means. What says nothing about whether Temporal has done what it was asked stays as it is.
 */
export function callFault(place: TemporalPlace, error: unknown): unknown {
  if (isHooklineError(error)) return error
  const status = statusOf(error)
  const name = nameOf(place)
  const namespace = JSON.stringify(place.namespace)
  if (isNamed(error, 'NamespaceNotFoundError') || namesNamespace(error)) {
    return brokerFault('target_missing', `${name} has no namespace ${namespace}.`)
  }
  switch (status?.code) {
    case UNAUTHENTICATED:
      return brokerFault('broker_access_refused', `${name} refuses \`apiKey\` or \`tls\`.`, {
        retryable: false,
      })
    case PERMISSION_DENIED: {
      const why = `${name} does not let the client use the namespace ${namespace}.`
      return brokerFault('broker_access_refused', why)
    }
    case RESOURCE_EXHAUSTED: {
      const why = `${name} has a limit on requests that was reached.`
      return brokerFault('broker_full', why, { retryable: true })
    }
    case INVALID_ARGUMENT:
    case UNIMPLEMENTED:
      return brokerFault('message_refused', `${name} refuses the request: ${status.details}.`, {
        retryable: false,
      })
    default: {
      const [isNotSent, why, noName] = NOT_SENT.exec(status?.details ?? '') ?? []
      return isNotSent === undefined ? error : unreachable(name, why ?? noName ?? NO_ERROR)
    }
  }
}

/** Whether Temporal does not know the workflow, or it has ended before it was to be ended. */
export function isMissing(error: unknown): boolean {
  return isNamed(error, 'WorkflowNotFoundError') || statusOf(error)?.code === NOT_FOUND
}

/** Whether an error is of the call, and not of what it answered. */
export function isOfCall(error: unknown): boolean {
  return isHooklineError(error) || isMissing(error) || statusOf(error) !== null
}

export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name
}

function unreachable(name: string, why: string): HooklineError {
  const remedy = 'Start it, and check `address` and `tls`. The task is tried again.'
  const text = why === NO_ERROR ? 'the connection was closed' : why.slice(0, MAX_WHY)
  const message = `${name} cannot be reached: ${text}.`
  return brokerFault('broker_unreachable', message, { remedy, retryable: true })
}

/** Whether it is the namespace that was not found. */
function namesNamespace(error: unknown): boolean {
  if (!(error instanceof Error) || !('metadata' in error)) return false
  const { metadata } = error as { readonly metadata?: { get?(key: string): readonly unknown[] } }
  const [details] = metadata?.get?.('grpc-status-details-bin') ?? []
  return String(details).includes('NamespaceNotFoundFailure')
}

/** The gRPC status of an error, or of its cause. */
function statusOf(error: unknown): { readonly code: number; readonly details: string } | null {
  for (const one of [error, error instanceof Error ? error.cause : null]) {
    if (!(one instanceof Error) || !('code' in one) || typeof one.code !== 'number') continue
    return { code: one.code, details: 'details' in one ? String(one.details) : '' }
  }
  return null
}
