import { HooklineError, isHooklineError } from '../errors/errors.ts'
import type { Redactor } from './redactor.ts'

/**
 * A copy of an error that may be printed, without its cause. Returns the error itself if nothing has to be redacted.
 */
export function redactError(error: unknown, redactor: Pick<Redactor, 'text'>): unknown {
  if (!(error instanceof Error)) return error
  const message = redactor.text(error.message)
  const stack = redactor.text(error.stack ?? '')
  if (message === error.message && stack === (error.stack ?? '')) return error
  if (isHooklineError(error)) {
    const { code, remedy, fields } = error
    return new HooklineError(code, message, { remedy, fields })
  }
  const redacted = new Error(message)
  redacted.stack = stack
  return redacted
}
