import { spend } from './steps.ts'

/** A part of an expression, by the positions of its characters; `end` is the position behind it. */
export interface SourceRange {
  readonly start: number
  readonly end: number
}

/** Why an expression is invalid or cannot be evaluated. The message names types, but never holds a value that was read. */
export class CelError extends Error {
  readonly code: string
  /** The part that failed; undefined until a node is known. */
  range: SourceRange | undefined

  constructor(code: string, message: string, range?: SourceRange) {
    // The trace of the calls would take far longer than the error itself, and nobody reads it.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
    this.name = 'CelError'
    this.code = code
    this.range = range
  }
}

/** An error takes about as long as this many steps. */
const ERROR_STEPS = 10

/** Throws the error of an evaluation. The node that calls adds its range. */
export function fail(code: string, message: string, range?: SourceRange): never {
  spend(ERROR_STEPS)
  throw new CelError(code, message, range && { start: range.start, end: range.end })
}

/** Throws for operands or arguments that no overload takes. `what` names types, and no values. */
export function noOverload(what: string, range?: SourceRange): never {
  return fail('no_such_overload', `no such overload: ${what}`, range)
}
