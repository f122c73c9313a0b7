import type { Answer } from '../contracts/delivery.ts'
import type { MeteredOutcome } from '../contracts/meter.ts'
import type { AcceptReceipt, NewEvent, Recovery } from '../contracts/store.ts'
import type { Span, SpanAttributes } from '../contracts/tracer.ts'
import { ERRORS, type ErrorCode, isHooklineError } from '../errors/errors.ts'

export type ReceiveResult =
  /** `answer` is what the source answers; null: Hookline's own answer. */
  | { readonly kind: 'accepted'; readonly receipt: AcceptReceipt; readonly answer: Answer | null }
  /** The source answered a request that is no delivery, such as a handshake. */
  | { readonly kind: 'answered'; readonly answer: Answer }

export interface RecoverResult {
  readonly receipt: AcceptReceipt
  readonly recovered: Recovery
}

/** How work on a request ended, as metrics and traces show it. */
export interface ReceiveOutcome {
  readonly outcome: MeteredOutcome
  /** An error code; '' if there was no error. */
  readonly reason: ErrorCode | ''
}

export const ANSWERED: ReceiveOutcome = { outcome: 'answered', reason: '' }
const DUPLICATE: ReceiveOutcome = { outcome: 'duplicate', reason: '' }
export const ACCEPTED: ReceiveOutcome = { outcome: 'accepted', reason: '' }

export function outcomeOfReceipt({ duplicate }: AcceptReceipt): ReceiveOutcome {
  return duplicate ? DUPLICATE : ACCEPTED
}

/** `refused` if the sender is to blame, `failed` if the service is. */
export function outcomeOfError(error: unknown): ReceiveOutcome {
  const reason = isHooklineError(error) ? error.code : 'internal'
  const entry = ERRORS[reason]
  const status = 'status' in entry ? entry.status : 500
  return { outcome: status < 500 ? 'refused' : 'failed', reason }
}

export function endSpan(span: Span, { outcome, reason }: ReceiveOutcome): void {
  if (reason === '') {
    span.end({ 'hookline.outcome': outcome }, null)
  } else {
    // A fault of the sender is not one of the service: its trace must not be marked as failed.
    const fault = outcome === 'failed' ? reason : null
    span.end({ 'hookline.outcome': outcome, 'hookline.reason': reason }, fault)
  }
}

export function countsOf(events: readonly NewEvent[]): SpanAttributes {
  const tasks = events.reduce((sum, event) => sum + event.tasks.length, 0)
  return { 'hookline.events': events.length, 'hookline.tasks': tasks }
}
