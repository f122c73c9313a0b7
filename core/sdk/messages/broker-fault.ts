import { type ErrorCode, HooklineError } from '../../errors/errors.ts'

/** An error of a broker. With `retryable`, the task is retried or not, whatever its program says. */
export function brokerFault(
  code: ErrorCode,
  message: string,
  { remedy, retryable }: { readonly remedy?: string; readonly retryable?: boolean } = {},
): HooklineError {
  return new HooklineError(code, message, {
    ...(remedy === undefined ? {} : { remedy }),
    ...(retryable === undefined ? {} : { fields: { retryable } }),
  })
}
