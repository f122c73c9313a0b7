import { HooklineError, isHooklineError } from '../../../errors/errors.ts'
import { brokerFault } from '../broker-fault.ts'
import type { RedisAddress } from './address.ts'

/** What a program writes to, for messages. */
export interface RedisTarget {
  /** `the stream "hooks"`. */
  readonly what: string
  /** What to allow a user who may not write to it. */
  readonly grant: string
  /** What it is if its key has another type: `The key "hooks" is not a stream.` */
  readonly wrongType: string
}

/** The first word of an error reply: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
const REPLY = /^[A-Z][A-Z0-9]+(?= )/
const LOGIN = new Set(['WRONGPASS', 'NOAUTH'])
/** Another attempt may meet the server, or the one that has taken its place, in a better state. */
const PASSING = new Set(['READONLY', 'LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'BUSY'])
const FULL = new Set(['OOM', 'MISCONF', 'NOREPLICAS'])

/** What the error of a command means. What is no reply of the server stays as it is. */
export function replyFault(
  { name, option }: RedisAddress,
  { what, grant, wrongType }: RedisTarget,
  error: unknown,
): unknown {
  const word = replyWord(error)
  if (word === undefined) return error
  if (LOGIN.has(word)) {
    const why = `${name} refuses the user or the password in \`${option}\` (${word}).`
    return brokerFault('broker_access_refused', why, { retryable: false })
  }
  if (word === 'NOPERM') {
    const why = `${name} does not let the user of \`${option}\` write to ${what}.`
    return brokerFault('broker_access_refused', why, { remedy: grant })
  }
  if (FULL.has(word)) {
    const why = `${name} takes no writes, since it is short of memory, disk or replicas (${word}).`
    return brokerFault('broker_full', why, { retryable: true })
  }
  if (PASSING.has(word)) {
    const why = `${name} takes no writes at the moment (${word}).`
    return brokerFault('broker_unreachable', why, { retryable: true })
  }
  if (word === 'MOVED' || word === 'CROSSSLOT') {
    const why = `${name} is part of a cluster, which is not supported.`
    const remedy = 'Use a server that is no cluster.'
    return new HooklineError('option_invalid', why, { remedy })
  }
  if (word === 'WRONGTYPE') return brokerFault('target_missing', wrongType)
  return brokerFault('message_refused', `${name} refused the message (${word}).`)
}

/** Whether a reply says that this connection leads to the wrong server by now. */
export function isDemoted(error: unknown): boolean {
  return replyWord(error) === 'READONLY'
}

function replyWord(error: unknown): string | undefined {
  if (!(error instanceof Error) || isHooklineError(error)) return undefined
  return REPLY.exec(error.message)?.[0]
}
