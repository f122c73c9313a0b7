import { statSync } from 'node:fs'
import { constants } from 'node:os'
import { isAbsolute } from 'node:path'
import type { FailedOutcome, Outcome } from '../contracts/executor.ts'
import { HooklineError, isHooklineError } from './errors.ts'
import type { Exit, Launch } from './process-child.ts'

// Shortages of the moment: the same start may go well later.
const SHORTAGES = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'ETXTBSY'])
const NOT_STARTABLE = new Set(['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC', 'ELOOP', 'ENAMETOOLONG'])
const FINAL_FAULTS: readonly string[] = [
  ...['program_not_found', 'restriction_unavailable', 'sandbox_unavailable'],
]
const SHELL_SIGNAL_BASE = 128

/** The outcome of a program that ran to its own end. */
export function outcomeOfExit({ code, signal }: Exit): Outcome {
  if (code === 0) return { status: 'succeeded', exitCode: 0 }
  if (signal === null) {
    return { status: 'failed', reason: `exited with code ${code}`, ...exitCode(code) }
  }
  return {
    status: 'failed',
    reason: `ended by signal ${signal}`,
    exitCode: SHELL_SIGNAL_BASE + (constants.signals[signal] ?? 0),
  }
}

/** The outcome of a program that was told to stop; `exit` is null where it could not be ended. */
export function outcomeOfStop(signal: AbortSignal, exit: Exit | null): FailedOutcome {
  const left = exit === null ? ', but its process could not be ended' : ''
  return {
    status: 'failed',
    reason: `stopped: ${String(signal.reason)}${left}`,
    ...exitCode(exit?.code ?? null),
  }
}

/** The outcome of a program that could not be started. Names the program only: arguments may hold payload or secrets. */
export function outcomeOfStartFailure(error: unknown, launch: Launch): FailedOutcome {
  if (isHooklineError(error)) return outcomeOfFault(error)
  const code = codeOf(error)
  const subject = `"${printable(launch.program)}" cannot be started`
  if (SHORTAGES.has(code)) {
    return { status: 'failed', reason: `${subject} now: ${code}`, retryable: true }
  }
  if (NOT_STARTABLE.has(code)) {
    return outcomeOfFault(
      new HooklineError('program_not_found', `${subject}: ${cause(code, launch)}`),
    )
  }
  return { status: 'failed', reason: `${subject}: ${explain(code)}`, retryable: false }
}

function outcomeOfFault(fault: HooklineError): FailedOutcome {
  return {
    status: 'failed',
    reason: `${fault.code}: ${fault.message}. ${fault.remedy}`,
    retryable: !FINAL_FAULTS.includes(fault.code),
  }
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
    return `out of reach (${codeOf(error)})`
  }
}

function explain(code: string): string {
  if (code === 'E2BIG') return 'its arguments and variables are too long for the system (E2BIG)'
  if (code === 'ERR_INVALID_ARG_VALUE') return 'an argument or a variable holds a NUL character'
  if (code === 'EPERM') return 'the system does not permit it; `uid` and `gid` need root (EPERM)'
  return code
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}

function exitCode(code: number | null): { exitCode?: number } {
  return code === null ? {} : { exitCode: code }
}

function printable(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
