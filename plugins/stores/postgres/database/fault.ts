import { errorMessageOf, HooklineError, isHooklineError } from '../../../../core/sdk/store.ts'

/**
 * Classes and codes of SQLSTATE that mean that the database cannot serve anyone now: connection, resources, operator,
 * system, internal error, prepared statements of another session, read-only, lock not available.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const AWAY = /^(?:08|53|57|58|XX|26|28|3D|3F|25006|55P03|42P01|42P05|42501)/
/** Serialization failure and deadlock: the same transaction can succeed when it is tried again. */
const AGAIN = /^(?:40001|40P01)$/
/** A prepared statement is missing, or there already: the session is not the connection's own. */
const MIXED_UP = /^(?:26000|42P05)$/
/** The session is one of a standby, or of a server whose writes somebody has stopped. Another may be the primary now. */
const READ_ONLY = '25006'
/** Two nodes wrote the next number, or the same sender's event, at the same time. The later one looks again. */
const RACES: ReadonlySet<unknown> = new Set(['log_chunks_pkey', 'events_of_sender', 'starts_pkey'])

/** Another node wrote what this transaction had not found, so everything must be looked up again. */
export class LostRace extends Error {}

/** Whether the same transaction, tried again, can succeed. */
export function isRace(error: unknown): boolean {
  if (error instanceof LostRace) return true
  const code = sqlState(error)
  if (code === '23505') return RACES.has((error as { constraint?: unknown }).constraint)
  return code !== null && AGAIN.test(code)
}

/** Whether this transaction waited too long for a lock of another one. */
export function isLockedOut(error: unknown): boolean {
  return sqlState(error) === '55P03'
}

/** Whether the fault lies with the database or the connection, not with the statement. */
export function isAway(error: unknown): boolean {
  const code = sqlState(error)
  return code === null ? !isMistake(error) : AWAY.test(code)
}

/**
 * Whether the connection must not be used again. After an error that the server returned it can still be used, unless the
 * error is fatal, shows that the session is not the connection's own, or that the server takes no writes.
 */
export function isConnectionFault(error: unknown): boolean {
  if (error instanceof LostRace || isMistake(error)) return false
  const code = sqlState(error) ?? ''
  if (MIXED_UP.test(code) || code === READ_ONLY) return true
  return !(error instanceof Error && 'severity' in error && error.severity === 'ERROR')
}

/** The error for the caller. Only the message of Postgres is passed on, since `detail` and `where` hold values. */
export function toStoreError(error: unknown): HooklineError {
  if (isHooklineError(error)) return error
  const text = errorMessageOf(error)
  const code = sqlState(error)
  // Messages about invalid values show the value.
  const known = code?.startsWith('22') ? 'A value cannot be taken' : text
  const cause = new Error(code === null ? text : `${known} (SQLSTATE ${code})`)
  return isAway(error) || isRace(error)
    ? unavailable(`The database cannot be used: ${text || 'the connection failed'}.`, cause)
    : new HooklineError('internal', 'The store could not carry out a call.', { cause })
}

/** Runs `body`. Whatever it throws becomes an error with a code. */
export async function withStoreErrors<Result>(body: () => Promise<Result>): Promise<Result> {
  try {
    return await body()
  } catch (error) {
    throw toStoreError(error)
  }
}

/** The error of a store that cannot commit or answer now. */
export function unavailable(message: string, cause?: unknown): HooklineError {
  return new HooklineError('store_unavailable', message, { cause })
}

/** SQLSTATE of an error that the server returned: only these have a severity. Null for any other error. */
export function sqlState(error: unknown): string | null {
  if (!(error instanceof Error && 'severity' in error && 'code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

// An error in the program itself does not go away when it is tried again.
function isMistake(error: unknown): boolean {
  return [TypeError, RangeError, SyntaxError, ReferenceError].some((kind) => error instanceof kind)
}
