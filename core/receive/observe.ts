import type { Meter, MeteredOutcome } from '../contracts/meter.ts'
import type { AcceptReceipt } from '../contracts/store.ts'
import type { Span } from '../contracts/tracer.ts'
import { ERRORS, type ErrorCode, isHooklineError } from '../kit/errors.ts'

/** A `ReceiveResult`, as far as figures and traces tell it. */
type Result =
  | { readonly kind: 'accepted'; readonly receipt: Pick<AcceptReceipt, 'duplicate'> }
  | { readonly kind: 'answered' }

/** Counts how the work on a request to a source ends. */
export async function measured<Ended extends Result>(
  meter: Meter,
  source: string,
  work: () => Promise<Ended>,
): Promise<Ended> {
  try {
    const result = await work()
    meter.delivery(source, outcomeOf(result), '')
    return result
  } catch (error) {
    const code = codeOf(error)
    meter.delivery(source, outcomeOfCode(code), code)
    throw error
  }
}

/** Ends a span as the work in it ends. */
export async function traced<Ended extends Result>(
  span: Span,
  work: () => Promise<Ended>,
): Promise<Ended> {
  try {
    const result = await work()
    span.end({ 'hookline.outcome': outcomeOf(result) }, null)
    return result
  } catch (error) {
    const code = codeOf(error)
    const outcome = outcomeOfCode(code)
    // A sender's fault is none of the service: it must not turn its traces red.
    const fault = outcome === 'failed' ? code : null
    span.end({ 'hookline.outcome': outcome, 'hookline.reason': code }, fault)
    throw error
  }
}

function outcomeOf(result: Result): MeteredOutcome {
  if (result.kind === 'answered') return 'answered'
  return result.receipt.duplicate ? 'duplicate' : 'accepted'
}

function codeOf(error: unknown): ErrorCode {
  return isHooklineError(error) ? error.code : 'internal'
}

function outcomeOfCode(code: ErrorCode): MeteredOutcome {
  const entry = ERRORS[code]
  const status = 'status' in entry ? entry.status : 500
  return status < 500 ? 'refused' : 'failed'
}
