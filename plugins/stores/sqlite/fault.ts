import type { ErrorCode } from '../../../core/index.ts'
import type { Failure } from './messages.ts'

/** Result codes after which nothing of the batch can be kept: https://www.sqlite.org/rescode.html */
const BATCH_CODES: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 26])

/** An error of the thread that already has its code. */
export class StoreFault extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Whether the fault lies with the database (full, unreadable, locked), not with one call. */
export function isDatabaseFault(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== null && BATCH_CODES.has(code & 0xff)
}

/** What the caller is told. SQLite's own messages name tables and columns, never values. */
export function toFailure(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof StoreFault) {
    return {
      code: error.code,
      message: error.message,
      cause: error.cause instanceof Error ? error.cause.message : text,
    }
  }
  const code = sqliteCode(error)
  const cause = code === null ? text : `${text} (SQLite code ${code})`
  return code === null || !isDatabaseFault(error)
    ? { code: 'internal', message: 'The store could not carry out a call.', cause }
    : { code: 'store_unavailable', message: `The database cannot be used: ${text}.`, cause }
}

function sqliteCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : null
}
