import { brokerFault, isHooklineError } from '../../../core/sdk/executor.ts'

/** Error codes of the protocol by name: https://kafka.apache.org/protocol#protocol_error_codes */
const LOGIN = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
])
const DENIED = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
])
const MISSING = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'])
const FULL = new Set(['NOT_ENOUGH_REPLICAS', 'THROTTLING_QUOTA_EXCEEDED', 'KAFKA_STORAGE_ERROR'])
const REFUSED = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'POLICY_VIOLATION',
])

/** What an error of the client means. What has no code of ours stays as it is. */
export function kafkaFault(name: string, topic: string | null, error: unknown): unknown {
  if (isHooklineError(error)) return error
  const errors = allErrors(error)
  const ids = errors.map(({ apiId }) => apiId).filter((id) => typeof id === 'string')
  const found = (set: ReadonlySet<string>) => ids.find((id) => set.has(id))
  const place = topic === null ? '' : ` ${JSON.stringify(topic)}`
  const login =
    found(LOGIN) ??
    (errors.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION') ? 'SASL' : undefined)
  if (login !== undefined) {
    const why = `${name} refuses the login in \`sasl\` (${login}).`
    return brokerFault('broker_access_refused', why, { retryable: false })
  }
  const denied = found(DENIED)
  if (denied !== undefined) {
    const why = `${name} does not let this user write to the topic${place} (${denied}).`
    const remedy = 'Allow Write and Describe on the topic; before Kafka 3.0 also IdempotentWrite.'
    return brokerFault('broker_access_refused', why, { remedy })
  }
  const missing = found(MISSING)
  if (missing !== undefined) {
    return brokerFault('target_missing', `${name} has no topic${place} (${missing}).`)
  }
  const full = found(FULL)
  if (full !== undefined) {
    const why = `${name} does not take the message now: too few replicas, no room, or a quota (${full}).`
    return brokerFault('broker_full', why, { retryable: true })
  }
  const refused = found(REFUSED)
  if (refused !== undefined) {
    const why = `${name} refuses the message for the topic${place} (${refused}).`
    return brokerFault('message_refused', why, { retryable: false })
  }
  return errors.find(({ code }) => code?.startsWith('E')) ?? lastWith(errors, ids) ?? error
}

/** An error of the client, or of the system below it. */
interface ClientError extends Error {
  readonly code?: string
  readonly apiId?: string
}

/** The error and all that it was made of. */
function allErrors(error: unknown): readonly ClientError[] {
  if (!(error instanceof Error)) return []
  const parts = 'errors' in error && Array.isArray(error.errors) ? error.errors : []
  return [error, ...parts.flatMap(allErrors), ...allErrors(error.cause)]
}

/** An error whose code is that of the protocol, which says more than that of the client. */
function lastWith(errors: readonly ClientError[], ids: readonly string[]): Error | undefined {
  const id = ids.at(-1)
  if (id !== undefined) return Object.assign(new Error(id), { code: id })
  return errors.findLast(({ code }) => code !== undefined && code !== 'PLT_KFK_MULTIPLE')
}
