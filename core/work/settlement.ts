import type { ProgramSettings } from '../contracts/config.ts'
import type { EndOutcome, FailedOutcome, StopReason } from '../contracts/executor.ts'
import type { Settlement } from '../contracts/store.ts'
import { errorMessageOf } from '../kit/thrown.ts'
import { redactJson } from '../redaction/redact-json.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { backoffMs } from './backoff.ts'

const MAX_RESULT_BYTES = 1024 * 1024
const MAX_REASON_LENGTH = 2000
const MIN_SHORTAGE_WAIT_MS = 10_000
const MAX_SHORTAGE_WAIT_MS = 60_000
const MAX_RETRY_AFTER_SECONDS = 7 * 24 * 3600
const MISSING_MS = 20_000
const MAX_MISSING_MS = 10 * 60_000

/** Begins the reason where an executor threw. What follows may quote a payload, so only the task has it. */
export const EXECUTOR_FAILED = 'The executor failed: '

/** How a run ended. */
export type Ending =
  | { readonly kind: 'outcome'; readonly outcome: EndOutcome }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** `note` says what may be left of the run. */
  | { readonly kind: 'aborted'; readonly by: StopReason; readonly note: string | null }

export interface SettleContext {
  /** The attempt that ended, from 1. */
  readonly attempt: number
  /** When the task was created, in ms since the epoch. */
  readonly createdAt: number
  readonly settings: Pick<ProgramSettings, 'retry' | 'timeoutSeconds'>
  readonly redactor: Pick<Redactor, 'text'>
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly random: () => number
}

/** What becomes of a task after a run; null if the lease is lost, so that another node decides. */
export function settlementOf(ending: Ending, context: SettleContext): Settlement | null {
  if (ending.kind === 'aborted') return abortedSettlement(ending, context)
  if (ending.kind === 'threw') {
    const message = errorMessageOf(ending.error)
    return failedSettlement({ status: 'failed', reason: EXECUTOR_FAILED + message }, context)
  }
  const { outcome } = ending
  if (outcome?.status === 'failed' && outcome.notStarted) {
    return shortageSettlement(outcome, context)
  }
  if (outcome?.status === 'failed') return failedSettlement(outcome, context)
  if (outcome?.status !== 'succeeded') {
    return failedSettlement({ status: 'failed', reason: 'The executor gave no outcome.' }, context)
  }
  const { result, note } = serializeResult(outcome.result, context.redactor)
  const exitCode = checkExitCode(outcome.exitCode)
  return { state: 'succeeded', attempt: 'succeeded', exitCode, reason: note, result }
}

/** A failure that is not retried. */
export function deadSettlement(reason: string): Settlement {
  return { state: 'dead', attempt: 'failed', exitCode: null, reason, result: null }
}

export function cancelledSettlement(reason: string): Settlement {
  return { state: 'cancelled', attempt: 'cancelled', exitCode: null, reason, result: null }
}

/** Why a task is cancelled whose files were not changed after all. */
export const NOT_CHANGED = '`changedFiles` did not match'

/** Hands a task back whose condition cannot be judged yet. The attempt does not count. */
export function unjudgedSettlement(now: number, why: string, waitMs: number): Settlement {
  const reason = `\`changedFiles\` could not be judged yet: ${why}`
  return { ...returnedSettlement(now, reason), dueAt: now + waitMs }
}

/**
 * Hands a step back that the config of this node does not have, since the node that made it may have another config. Dead
 * once nodes have had the time to get the same one.
 */
export function missingSettlement(now: number, why: string, since: number): Settlement {
  if (now - since > MAX_MISSING_MS) return deadSettlement(why)
  return { ...returnedSettlement(now, `${why} here`), dueAt: now + MISSING_MS }
}

/** Hands a task back: any node may claim it at once, and the attempt does not count. */
export function returnedSettlement(now: number, reason: string): Settlement {
  return {
    state: 'waiting',
    attempt: 'returned',
    dueAt: now,
    exitCode: null,
    reason,
    result: null,
  }
}

function abortedSettlement(
  { by, note }: Extract<Ending, { kind: 'aborted' }>,
  context: SettleContext,
): Settlement | null {
  const addition = note === null ? '' : `; ${note}`
  switch (by) {
    case 'lease_lost':
      return null
    case 'cancelled':
      return cancelledSettlement(`cancelled while it ran${addition}`)
    case 'stopping':
      return returnedSettlement(context.now, `its node stopped${addition}`)
    case 'timeout': {
      const reason = `time limit of ${context.settings.timeoutSeconds} s reached${addition}`
      return failedSettlement({ status: 'failed', reason }, context)
    }
  }
}

/** Of a program that the machine had no room to start. */
interface Shortage extends Settlement {
  readonly noRoom: true
}

export function isShortage(settlement: Settlement): settlement is Shortage {
  return 'noRoom' in settlement
}

/** Nothing has run, so no attempt is used up. The longer it lasts, the longer the wait. */
function shortageSettlement(
  outcome: FailedOutcome,
  { redactor, now, random, createdAt }: SettleContext,
): Shortage {
  const age = Math.max(0, now - createdAt)
  const waitMs = Math.min(MAX_SHORTAGE_WAIT_MS, Math.max(MIN_SHORTAGE_WAIT_MS, age / 2))
  const dueAt = now + Math.ceil(waitMs * (0.5 + random() / 2))
  const reason = cleanReason(reasonOf(outcome), redactor)
  return { ...returnedSettlement(now, reason), dueAt, noRoom: true }
}

function failedSettlement(outcome: FailedOutcome, context: SettleContext): Settlement {
  const { result, note } = serializeResult(outcome.result, context.redactor)
  const given = reasonOf(outcome)
  const text = note === null ? given : `${given} (${note})`
  const ended = {
    attempt: 'failed',
    exitCode: checkExitCode(outcome.exitCode),
    reason: cleanReason(text, context.redactor),
    result,
  } as const
  if (!isRetried(outcome, context)) return { state: 'dead', ...ended }
  return { state: 'waiting', dueAt: context.now + waitMs(outcome, context), ...ended }
}

/** A plugin without types may give anything. */
function reasonOf({ reason }: FailedOutcome): string {
  return typeof reason === 'string' ? reason : 'The executor gave no reason.'
}

/** The store takes only whole numbers, and a plugin without types may give anything. */
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
  if (typeof asked !== 'number' || !(asked > 0)) return backoff
  // Somebody else chose this number, so it is limited.
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
  // Redacted before it is truncated, so that half a secret never remains.
  const safe = redactor.text(reason).replaceAll('\0', '\uFFFD')
  return safe.length > MAX_REASON_LENGTH ? `${safe.slice(0, MAX_REASON_LENGTH)}…` : safe
}
