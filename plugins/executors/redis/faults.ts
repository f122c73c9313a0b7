import { brokerFault, HooklineError, isHooklineError } from '../../../core/sdk/executor.ts'

/** The first word of an error reply: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors */
const REPLY = /^[A-Z][A-Z0-9]+(?= )/
const LOGIN = new Set(['WRONGPASS', 'NOAUTH'])
/** Another attempt may meet the server, or the one that has taken its place, in a better state. */
const PASSING = new Set(['READONLY', 'LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'BUSY'])
const FULL = new Set(['OOM', 'MISCONF', 'NOREPLICAS'])

/** What the error of a command means. What is no reply of the server stays as it is. */
export function replyFault(name: string, stream: string | null, error: unknown): unknown {
  const word =
    error instanceof Error && !isHooklineError(error) ? REPLY.exec(error.message)?.[0] : undefined
  if (word === undefined) return error
  const key = JSON.stringify(stream)
  if (LOGIN.has(word)) {
    const why = `${name} refuses the user or the password in \`url\` (${word}).`
    return brokerFault('broker_access_refused', why, { retryable: false })
  }
  if (word === 'NOPERM') {
    const why = `${name} does not let the user of \`url\` write to the stream ${key}.`
    return brokerFault('broker_access_refused', why, {
      remedy: 'Allow the user XADD on this key, and with `dedupSeconds` EVAL, GET and SET.',
    })
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
    return new HooklineError(
      'option_invalid',
      `${name} is part of a cluster, which is not supported.`,
      {
        remedy: 'Publish to a server that is no cluster.',
      },
    )
  }
  if (word === 'WRONGTYPE') {
    return brokerFault('target_missing', `The key ${key} of ${name} is not a stream.`)
  }
  return brokerFault('message_refused', `${name} refused the message (${word}).`)
}

/** Whether a reply says that this connection leads to the wrong server by now. */
export function isDemoted(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('READONLY ')
}
