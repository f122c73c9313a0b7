import type { SourceAnswer, SourceInstance } from '../contracts/source.ts'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import { withTimeLimit } from '../kit/time-limit.ts'
import type { ReceivedDelivery } from '../matching/received-delivery.ts'

/** A source may have to fetch something, such as a certificate. A request whose source never answers must still end. */
const SOURCE_SECONDS = 15
const UNREAD = ['delivery_too_large', 'delivery_unparsable', 'content_type_unsupported']

/** What a source returns. Throws `source_unavailable` if it takes longer. */
export function withSourceLimit<Value>(
  given: Value | Promise<Value>,
  seconds = SOURCE_SECONDS,
): Value | Promise<Value> {
  if (!(given instanceof Promise)) return given
  return withTimeLimit(given, seconds * 1000, () => {
    throw tooSlow(seconds)
  })
}

/** `withSourceLimit` for a delivery that is not verified: while the source works, nothing that was parsed is kept. */
export function beforeProof<Value>(
  delivery: ReceivedDelivery,
  given: Value | Promise<Value>,
): Value | Promise<Value> {
  if (given instanceof Promise) delivery.forget()
  return withSourceLimit(given)
}

/** What a source answers by itself. A body that is too large to be read before its proof is no handshake. */
export async function ownAnswer(
  delivery: ReceivedDelivery,
  instance: SourceInstance,
): Promise<SourceAnswer> {
  try {
    return await beforeProof(delivery, instance.answer?.(delivery))
  } catch (error) {
    if (isHooklineError(error) && error.code === 'delivery_too_large') return undefined
    throw error
  }
}

/** Whether a source cannot decide now: then the delivery is not refused, and the sender is asked to try again later. */
export function isUndecided(error: unknown): boolean {
  return isHooklineError(error) && error.code === 'source_unavailable'
}

/** Whether the body of a delivery that is not verified could not be read: the sender, and not the source, is at fault. */
export function isUnread(error: unknown): error is HooklineError {
  return isHooklineError(error) && UNREAD.includes(error.code)
}

function tooSlow(seconds: number): HooklineError {
  return new HooklineError('source_unavailable', `The source took over ${seconds} seconds`, {
    fields: { retryAfterSeconds: Math.ceil(seconds) },
  })
}
