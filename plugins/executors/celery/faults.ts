import { brokerFault, HooklineError } from '../../../core/sdk/executor.ts'
import type { Servers } from './servers.ts'

/** Why the helper could not do what it was asked. */
export interface Fault {
  readonly place: keyof Servers
  /** Whether the task was sent. Null: nobody knows. */
  readonly sent: boolean | null
  readonly kind: 'unreachable' | 'refused' | 'full' | 'missing' | 'invalid' | 'failed'
  /** The error, without the passwords of the URLs. */
  readonly text: string
}

/** The error that a fault means. */
export function errorOf({ place, sent, kind, text }: Fault, servers: Servers): HooklineError {
  const name = `The ${place === 'broker' ? 'broker' : 'result backend'} ${servers[place].name}`
  if (sent === null) {
    const why = `${name} did not confirm the task: ${text}.`
    return brokerFault('message_unconfirmed', why, { retryable: true })
  }
  if (kind === 'unreachable') {
    const why = `${name} cannot be reached: ${text}.`
    return brokerFault('broker_unreachable', why, { retryable: true })
  }
  if (kind === 'refused') {
    return brokerFault('broker_access_refused', `${name} refuses the login of its URL: ${text}.`, {
      retryable: false,
    })
  }
  if (kind === 'full') {
    return brokerFault('broker_full', `${name} takes no writes: ${text}.`, { retryable: true })
  }
  if (kind === 'missing') {
    return new HooklineError('package_missing', `${name} needs a package: ${text}.`, {
      remedy:
        "Install it beside `celery`, for the same Python: `pip install 'celery[redis]'`, for example.",
    })
  }
  const why = `${name} does not take the task: ${text}.`
  return brokerFault('message_refused', why, kind === 'invalid' ? { retryable: false } : {})
}
