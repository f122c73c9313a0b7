/**
 * The value if it comes within the given milliseconds; otherwise what `late` returns or throws. What is no promise is
 * returned at once, without a timer. A promise that is late may still settle: its failure is ignored.
 */
export function withTimeLimit<Value, Late>(
  given: Value | Promise<Value>,
  ms: number,
  late: () => Late,
): Value | Promise<Value | Late> {
  if (!(given instanceof Promise)) return given
  let timer: NodeJS.Timeout | undefined
  // The timer keeps the process alive: somebody waits for the answer.
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  }).then(late)
  return Promise.race([given, limit]).finally(() => clearTimeout(timer))
}

/** The value; null where the signal is aborted first, or was before. A late failure is ignored. */
export async function untilAborted<Value>(
  given: Value | Promise<Value>,
  signal: AbortSignal,
): Promise<Value | null> {
  const aborted = Promise.withResolvers<null>()
  const abort = () => aborted.resolve(null)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  try {
    return await Promise.race([aborted.promise, given])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
