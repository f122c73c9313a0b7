const MAX_LENGTH = 300

/** Why a condition or a key could not be evaluated, as a decision keeps it: the first line. */
export function evaluationFault(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return (message.split('\n', 1)[0] ?? '').slice(0, MAX_LENGTH)
}
