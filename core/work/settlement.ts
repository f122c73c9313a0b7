import type { ProgramSettings } from '../contracts/config.ts'
import type { FailedOutcome, Outcome, StopReason } from '../contracts/executor.ts'
import type { Settlement } from '../contracts/store.ts'
import type { Redactor } from '../kit/redact.ts'
import { redactJson } from '../kit/redact-json.ts'
import { backoffMs } from './backoff.ts'

const MAX_RESULT_BYTES = 1024 * 1024
const MAX_REASON_LENGTH = 2000
const MAX_RETRY_AFTER_SECONDS = 7 * 24 * 3600

/** How a run ended. */
export type Ending =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** `stopped` is false where the executor did not resolve in time after it was told to. */
  | { readonly kind: 'aborted'; readonly by: StopReason; readonly stopped: boolean }

export interface SettleContext {
  /** The attempt that ended, from 1. */
  readonly attempt: number
  readonly settings: Pick<ProgramSettings, 'retry' | 'timeoutSeconds'>
  readonly redactor: Pick<Redactor, 'text'>
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly random: () => number
}

/** What becomes of a task after a run; null where the lease is lost and another node decides. */
export function settlementOf(ending: Ending, context: SettleContext): Settlement | null {
  if (ending.kind === 'aborted') return settleAborted(ending, context)
  if (ending.kind === 'threw') {
    const message = ending.error instanceof Error ? ending.error.message : String(ending.error)
    return settleFailed({ status: 'failed', reason: `The executor failed: ${message}` }, context)
  }
  const { outcome } = ending
  if (outcome?.status === 'failed') return settleFailed(outcome, context)
  if (outcome?.status !== 'succeeded') {
    return settleFailed({ status: 'failed', reason: 'The executor gave no outcome.' }, context)
  }
  const { result, note } = serializeResult(outcome.result, context.redactor)
  const exitCode = checkExitCode(outcome.exitCode)
  return { state: 'succeeded', attempt: 'succeeded', exitCode, reason: note, result }
}

/** A failure that no further attempt can mend. */
export function settleDead(reason: string): Settlement {
  return { state: 'dead', attempt: 'failed', exitCode: null, reason, result: null }
}

export function settleCancelled(reason: string): Settlement {
  return { state: 'cancelled', attempt: 'cancelled', exitCode: null, reason, result: null }
}

/** Gives a task back untried: any node may claim it at once. */
export function settleReturned(now: number, reason: string): Settlement {
  return {
    state: 'waiting',
    attempt: 'returned',
    dueAt: now,
    exitCode: null,
    reason,
    result: null,
  }
}

function settleAborted(
  { by, stopped }: Extract<Ending, { kind: 'aborted' }>,
  context: SettleContext,
): Settlement | null {
  const addition = stopped ? '' : '; the program did not stop'
  switch (by) {
    case 'lease_lost':
      return null
    case 'cancelled':
      return settleCancelled(`cancelled while it ran${addition}`)
    case 'stopping':
      return settleReturned(context.now, `its node stopped${addition}`)
    case 'timeout': {
      const reason = `time limit of ${context.settings.timeoutSeconds} s reached${addition}`
      return settleFailed({ status: 'failed', reason }, context)
    }
  }
}

function settleFailed(outcome: FailedOutcome, context: SettleContext): Settlement {
  const { result, note } = serializeResult(outcome.result, context.redactor)
  const text = note === null ? outcome.reason : `${outcome.reason} (${note})`
  const ended = {
    attempt: 'failed',
    exitCode: checkExitCode(outcome.exitCode),
    reason: cleanReason(text, context.redactor),
    result,
  } as const
  if (!isRetried(outcome, context)) return { state: 'dead', ...ended }
  return { state: 'waiting', dueAt: context.now + waitMs(outcome, context), ...ended }
}

/** A plugin without types may give anything, and the store takes only whole numbers. */
function checkExitCode(exitCode: number | undefined): number | null {
  return exitCode !== undefined && Number.isSafeInteger(exitCode) ? exitCode : null
}

function isRetried(outcome: FailedOutcome, { attempt, settings }: SettleContext): boolean {
  if (attempt >= settings.retry.attempts) return false
  if (outcome.retryable !== undefined) return outcome.retryable
  if (outcome.exitCode === undefined) return true
  const codes = settings.retry.exitCodes
  return codes === null ? outcome.exitCode !== 0 : codes.includes(outcome.exitCode)
}

function waitMs(outcome: FailedOutcome, { attempt, settings, random }: SettleContext): number {
  const { backoffSeconds, maxBackoffSeconds } = settings.retry
  const backoff = backoffMs({ attempt, backoffSeconds, maxBackoffSeconds, random })
  const asked = outcome.retryAfterSeconds
  if (asked === undefined || !(asked > 0)) return backoff
  // Another party names it, so it has a bound.
  return Math.max(backoff, Math.ceil(Math.min(asked, MAX_RETRY_AFTER_SECONDS) * 1000))
}

function serializeResult(
  value: unknown,
  redactor: Pick<Redactor, 'text'>,
): { readonly result: string | null; readonly note: string | null } {
  if (value === undefined) return { result: null, note: null }
  try {
    const text = JSON.stringify(value)
    if (text === undefined) return { result: null, note: 'the result was dropped: it is not JSON' }
    if (Buffer.byteLength(text) > MAX_RESULT_BYTES) {
      return { result: null, note: 'the result was dropped: it is larger than 1 MiB' }
    }
    return { result: redactJson(text, redactor), note: null }
  } catch {
    return { result: null, note: 'the result was dropped: it is not JSON' }
  }
}

function cleanReason(reason: string, redactor: Pick<Redactor, 'text'>): string {
  // Redacted before it is cut, so that no cut leaves half a secret.
  const safe = redactor.text(String(reason)).replaceAll('\0', '\uFFFD')
  return safe.length > MAX_REASON_LENGTH ? `${safe.slice(0, MAX_REASON_LENGTH)}…` : safe
}
