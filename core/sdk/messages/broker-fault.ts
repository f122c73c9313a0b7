import { type ErrorCode, HooklineError } from '../../errors/errors.ts'

/** An error of a broker. With `retryable`, the task is retried or not, whatever its program says. */
export function brokerFault(
  code: ErrorCode,
  message: string,
  { remedy, retryable }: { readonly remedy?: string; readonly retryable?: boolean } = {},
): HooklineError {
  const fields = retryable === undefined ? {} : { retryable }
  return new HooklineError(code, message, { remedy, fields })
}
