import { HooklineError, isHooklineError } from '../../../core/index.ts'

/**
 * Classes and codes of SQLSTATE with which the database says that it cannot serve anyone just now: connection, resources,
 * operator, system, internal error, prepared statements of another session, read-only, lock not available. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const AWAY = /^(?:08|53|57|58|XX|26|28|3D|3F|25006|55P03|42P01|42P05|42501)/
/** Serialization failure and deadlock: the same again can succeed. */
const AGAIN = /^(?:40001|40P01)$/
/** What was prepared is not there, or is there already: the session is not the connection's own. */
const MIXED_UP = /^(?:26000|42P05)$/
/** Two nodes wrote the next number, or the same sender's event, at once: the one that comes later looks again. */
const RACES: ReadonlySet<unknown> = new Set(['log_chunks_pkey', 'events_of_sender', 'starts_pkey'])

/** Another node wrote what this transaction had not found: everything must be looked up again. */
export class LostRace extends Error {}

/** Whether the same transaction, tried again, can succeed. */
export function isRace(error: unknown): boolean {
  if (error instanceof LostRace) return true
  const code = sqlState(error)
  if (code === '23505') return RACES.has((error as { constraint?: unknown }).constraint)
  return code !== null && AGAIN.test(code)
}

/** Whether another transaction held what this one waited for, for too long. */
export function isLockedOut(error: unknown): boolean {
  return sqlState(error) === '55P03'
}

/** Whether the fault lies with the database or the way to it, not with what it was asked. */
export function isAway(error: unknown): boolean {
  const code = sqlState(error)
  return code === null ? !isMistake(error) : AWAY.test(code)
}

/**
 * Whether nobody knows what the connection is at. An error that the server answered leaves it usable, all but a fatal
 * one, and one that says that the session is another than was thought.
 */
export function isConnectionFault(error: unknown): boolean {
  if (error instanceof LostRace || isMistake(error)) return false
  if (MIXED_UP.test(sqlState(error) ?? '')) return true
  return !(error instanceof Error && 'severity' in error && error.severity === 'ERROR')
}

/** What the caller is told. `detail` and `where` of Postgres hold values, so that only its message is passed on. */
export function toStoreError(error: unknown): HooklineError {
  if (isHooklineError(error)) return error
  const text = error instanceof Error ? error.message : String(error)
  const code = sqlState(error)
  // What is said of a value that cannot be taken shows the value.
  const known = code?.startsWith('22') ? 'A value cannot be taken' : text
  const cause = new Error(code === null ? text : `${known} (SQLSTATE ${code})`)
  return isAway(error) || isRace(error)
    ? unavailable(`The database cannot be used: ${text || 'the connection failed'}.`, cause)
    : new HooklineError('internal', 'The store could not carry out a call.', { cause })
}

/** The error of a store that cannot commit, or answer, just now. */
export function unavailable(message: string, cause?: unknown): HooklineError {
  return new HooklineError('store_unavailable', message, { cause })
}

// Of what the server answers, only that has a severity; faults of the connection have codes of the system.
function sqlState(error: unknown): string | null {
  if (!(error instanceof Error && 'severity' in error && 'code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

// An error in the program itself does not go away by waiting.
function isMistake(error: unknown): boolean {
  return [TypeError, RangeError, SyntaxError, ReferenceError].some((kind) => error instanceof kind)
}
