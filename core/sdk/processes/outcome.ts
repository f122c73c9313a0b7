import { statSync } from 'node:fs'
import { constants } from 'node:os'
import { isAbsolute } from 'node:path'
import type { EndOutcome, FailedOutcome } from '../../contracts/executor.ts'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { withRemedy } from '../../errors/with-remedy.ts'
import { errorCodeOf } from '../../kit/thrown.ts'
import type { Exit, Launch } from './child.ts'

// Temporary shortages: the same start may succeed later.
const SHORTAGES = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'ENOSPC', 'ETXTBSY'])
/** These will not go away by themselves. Other errors may: they are tried again. */
const PERMANENT = new Set(['E2BIG', 'ERR_INVALID_ARG_VALUE', 'EPERM'])
const NOT_STARTABLE = new Set(['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC', 'ELOOP', 'ENAMETOOLONG'])
const FINAL_FAULTS = ['program_not_found', 'restriction_unavailable', 'sandbox_unavailable']
const SHELL_SIGNAL_BASE = 128

/** The outcome of a program that ended by itself. */
export function outcomeOfExit({ code, signal }: Exit): EndOutcome {
  if (code === 0) return { status: 'succeeded', exitCode: 0 }
  if (signal === null) {
    return {
      status: 'failed',
      reason: `exited with code ${code}`,
      ...(code === null ? {} : { exitCode: code }),
    }
  }
  return {
    status: 'failed',
    reason: `ended by signal ${signal}`,
    exitCode: SHELL_SIGNAL_BASE + (constants.signals[signal] ?? 0),
  }
}

/** The outcome of a run that was stopped. `left` names what could not be ended, if anything: `process`. */
export function outcomeOfStop({ reason }: AbortSignal, left: string | null = null): FailedOutcome {
  const rest = left === null ? '' : `, but its ${left} could not be ended`
  return { status: 'failed', reason: `stopped: ${String(reason)}${rest}` }
}

/** The outcome of a run that failed with an error of Hookline. Its field `retryable` decides about a retry. */
export function outcomeOfFault(
  { code, message, remedy, fields }: HooklineError,
  retryable: unknown = fields['retryable'],
): FailedOutcome {
  return {
    status: 'failed',
    reason: `${code}: ${withRemedy({ message, remedy })}`,
    ...(typeof retryable === 'boolean' ? { retryable } : {}),
  }
}

/** The outcome of a program that could not be started. Names only the program: arguments may hold secrets. */
export function outcomeOfStartFailure(error: unknown, launch: Launch): FailedOutcome {
  if (isHooklineError(error)) {
    const { retryable = !FINAL_FAULTS.includes(error.code) } = error.fields
    return outcomeOfFault(error, retryable)
  }
  const code = errorCodeOf(error)
  const subject = `"${printable(launch.program)}" cannot be started`
  if (isShortage(code)) {
    return {
      status: 'failed',
      reason: `${subject} now: ${code}`,
      retryable: true,
      notStarted: true,
    }
  }
  if (NOT_STARTABLE.has(code)) {
    const fault = new HooklineError('program_not_found', `${subject}: ${cause(code, launch)}`)
    return outcomeOfFault(fault, false)
  }
  return {
    status: 'failed',
    reason: `${subject}: ${explain(code)}`,
    retryable: !PERMANENT.has(code),
  }
}

/** Whether an error says that the system lacks something now, and nothing about what was to be started. */
export function isShortage(code: string): boolean {
  return SHORTAGES.has(code)
}

function cause(code: string, { cwd, program }: Launch): string {
  const folder = look(cwd)
  if (folder !== 'folder') return `the working directory "${printable(cwd)}" is ${folder}`
  if (code === 'EACCES') return 'it is not an executable file, or permission is denied'
  if (code !== 'ENOENT') return code
  if (!isAbsolute(program)) return 'it is not there, and not in PATH'
  return look(program) === 'not there'
    ? 'it is not there'
    : 'the interpreter that its first line names is not there'
}

function look(path: string): string {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return 'not there'
    return found.isDirectory() ? 'folder' : 'not a directory'
  } catch (error) {
    return `out of reach (${errorCodeOf(error)})`
  }
}

function explain(code: string): string {
  if (code === 'E2BIG') return 'its arguments and variables are too long for the system (E2BIG)'
  if (code === 'ERR_INVALID_ARG_VALUE') return 'an argument or a variable holds a NUL character'
  if (code === 'EPERM') return 'the system does not permit it; `uid` and `gid` need root (EPERM)'
  return code
}

function printable(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
