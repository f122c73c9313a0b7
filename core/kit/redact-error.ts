import { HooklineError, isHooklineError } from './errors.ts'
import type { Redactor } from './redact.ts'

/** The error as it may be printed; the same one where nothing is to be redacted. Its cause is left out: it is not printed. */
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
