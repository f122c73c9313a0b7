import { errorCodeOf, HooklineError } from '../../../core/sdk/executor.ts'

/** What was asked of the API server, for messages. */
export interface Asked {
  /** Of the cluster, without secrets: `host:port`. */
  readonly host: string
  readonly namespace: string
  /** `create jobs`. */
  readonly what: string
}

export interface Answer {
  readonly status: number
  /** That of a Status object (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/), or the text. */
  readonly message: string
}

const MAX_MESSAGE_LENGTH = 500
/** How the API server words what RBAC does not allow. */
const NOT_ALLOWED = /\bcannot \w+ resource\b/
const QUOTA = /exceeded quota/
/** How etcd words it; the status is 500. */
const TOO_LARGE = /request is too large|message larger than max/
const ROLE =
  'A Role needs: create, get and delete on `jobs` (batch); list and watch on `pods`; get on `pods/log`; create and ' +
  'delete on `secrets`; list on `events`.'

/** What an answer of the API server means that was not expected. */
export function faultOf(asked: Asked, answer: Answer): HooklineError {
  const { host, namespace, what } = asked
  const { status } = answer
  const said = answer.message.slice(0, MAX_MESSAGE_LENGTH)
  const place = `the namespace "${namespace}" of the cluster at ${host}`
  switch (status) {
    case 401:
      return fault('cluster_access_refused', `The cluster at ${host} refuses the credentials`, {
        remedy: 'Renew the token or certificate of the kubeconfig, or of the service account.',
      })
    case 403:
      if (NOT_ALLOWED.test(said) || said === '') {
        const why = `The user of this node may not ${what} in ${place}: ${said}`
        return fault('cluster_access_refused', why, { remedy: ROLE })
      }
      return QUOTA.test(said)
        ? fault('job_refused', `${place} is full: ${said}`, {
            remedy: 'Raise the quota, or wait. The task is tried again.',
            retryable: true,
          })
        : fault('job_refused', `The cluster at ${host} refuses to ${what}: ${said}`, final)
    case 404:
      return /namespaces? .* not found/.test(said)
        ? fault('namespace_missing', `The cluster at ${host} has no namespace "${namespace}"`)
        : fault('cluster_unreachable', `${host} is no API server that can ${what}: ${said}`)
    case 400:
    case 413:
    case 422:
      return fault('job_refused', `The cluster at ${host} refuses to ${what}: ${said}`, final)
    default:
      if (TOO_LARGE.test(said)) {
        return fault('job_refused', `The cluster at ${host} refuses to ${what}: ${said}`, {
          remedy: 'Give it less: the arguments of `params`, above all.',
          ...final,
        })
      }
      return fault('cluster_unreachable', `${host} answered ${status} to ${what}: ${said}`, {
        retryable: true,
      })
  }
}

/** What the failure of a request without an answer means. */
export function connectionFault({ host, what }: Asked, error: unknown): HooklineError {
  const said = explain(errorCodeOf(error), error)
  return fault(
    'cluster_unreachable',
    `The cluster at ${host} cannot be asked to ${what}: ${said}`,
    {
      cause: error,
      retryable: true,
    },
  )
}

/** What is wrong with the kubeconfig, or with what it names. Never with its content. */
export function configFault(file: string, error: unknown): HooklineError {
  const code = errorCodeOf(error)
  const path = error instanceof Error && 'path' in error ? error.path : 'such file'
  const why = code === 'ENOENT' ? `there is no ${path}` : `it cannot be used (${code})`
  return fault('cluster_unreachable', `The configuration of ${file}: ${why}`, {
    cause: error,
    remedy: 'Correct the kubeconfig, or what it names.',
  })
}

const final = { retryable: false }

function fault(
  code: HooklineError['code'],
  message: string,
  { cause, remedy, retryable }: { cause?: unknown; remedy?: string; retryable?: boolean } = {},
): HooklineError {
  return new HooklineError(code, message.replace(/[.:\s]+$/, ''), {
    cause,
    ...(remedy === undefined ? {} : { remedy }),
    fields: retryable === undefined ? {} : { retryable },
  })
}

function explain(code: string, error: unknown): string {
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name is not known'
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the connection was cut'
  if (/CERT|SELF_SIGNED|VERIFY/.test(code)) return `its certificate is not trusted (${code})`
  return code === 'Error' && error instanceof Error ? error.message : code
}
