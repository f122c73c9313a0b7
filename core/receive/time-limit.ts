import { HooklineError, isHooklineError } from '../kit/errors.ts'

/** A source that fetches something (a certificate) may need a while; one that never ends must not hold a place. */
const SOURCE_SECONDS = 15

/** What a source gives, or `source_unavailable` where it takes too long. Costs nothing where it does not wait. */
export function withinTime<Value>(
  given: Value | Promise<Value>,
  seconds = SOURCE_SECONDS,
): Value | Promise<Value> {
  if (!(given instanceof Promise)) return given
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(seconds)), seconds * 1000)
  })
  return Promise.race([given, limit]).finally(() => clearTimeout(timer))
}

/** Whether a source could not decide just now, so that the sender is to try again and nothing is refused. */
export function isUndecided(error: unknown): boolean {
  return isHooklineError(error) && error.code === 'source_unavailable'
}

function tooSlow(seconds: number): HooklineError {
  return new HooklineError('source_unavailable', `The source took over ${seconds} seconds`, {
    fields: { retryAfterSeconds: Math.ceil(seconds) },
  })
}
