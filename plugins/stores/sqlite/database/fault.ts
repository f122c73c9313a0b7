import { errorMessageOf } from '../../../../core/sdk/store/thrown.ts'
import type { ErrorCode } from '../../../../core/sdk/store.ts'
import type { Failure } from '../batch/messages.ts'

/** Result codes after which nothing of the batch can be kept. https://www.sqlite.org/rescode.html */
const BATCH_CODES: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 26])

/** Result codes that say that the file does not hold what was written. Further writes could only lose more. */
const DAMAGE_CODES: ReadonlySet<number> = new Set([11, 26])
/** Of the read errors (10), those that say the same: a file that is too short, and two wrong checksums. */
const DAMAGE_READS: ReadonlySet<number> = new Set([522, 8202, 8458])
const CAUSES: Readonly<Record<number, readonly [what: string, remedy: string]>> = {
  8: [
    'it is read-only',
    'Make the file, its folder and the file system writable for the user of the service.',
  ],
  10: [
    'its disk does not read or write',
    'Check that the disk works and has room, and the quota and limits of the user (`df`, `ulimit -f`, the log of the kernel).',
  ],
  13: ['the disk is full', 'Make room on its disk. A running service goes on by itself.'],
  14: [
    'it or a file beside it cannot be opened',
    'Check the owner and the mode of the database, its folder, and the files that end in -wal and -shm.',
  ],
}

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

/** The error for the caller. SQLite's own messages name tables and columns, never values. */
export function toFailure(error: unknown, path = 'The database'): Failure {
  const text = errorMessageOf(error)
  if (error instanceof StoreFault) {
    return {
      code: error.code,
      message: error.message,
      cause: error.cause instanceof Error ? error.cause.message : text,
    }
  }
  const code = sqliteCode(error)
  const cause = code === null ? text : `${text} (SQLite code ${code})`
  if (code === null || !isDatabaseFault(error)) {
    return { code: 'internal', message: 'The store could not carry out a call.', cause }
  }
  if (DAMAGE_CODES.has(code & 0xff) || DAMAGE_READS.has(code)) {
    return { code: 'store_damaged', message: damaged(path, text).message, cause }
  }
  const [what, remedy] = CAUSES[code & 0xff] ?? [text]
  const message = `${path} cannot be used: ${what}.`
  return { code: 'store_unavailable', message, cause, ...(remedy === undefined ? {} : { remedy }) }
}

/** The error of a database whose pages contradict each other. */
export function damaged(path: string, found: string): StoreFault {
  return new StoreFault('store_damaged', `${path} is damaged: ${found.replaceAll('\n', ' ')}.`)
}

function sqliteCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : null
}
