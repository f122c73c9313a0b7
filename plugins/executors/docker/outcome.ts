import {
  type EndOutcome,
  type FailedOutcome,
  HooklineError,
  isHooklineError,
  outcomeOfFault,
} from '../../../core/sdk/executor.ts'
import type { EngineAnswer } from './engine.ts'

const MEBIBYTE = 1024 * 1024
const MAX_MESSAGE_LENGTH = 500
const UNKNOWN_USER = /unable to find (user|group)/i
const NOT_IN_IMAGE = /executable file not found|no such file or directory|permission denied/i

/** How a container ended, according to the engine. */
export interface Exit {
  readonly code: number
  readonly outOfMemory: boolean
}

/** The outcome of a program that ran to its end; `exit` is null if its container no longer existed. */
export function outcomeOfExit(exit: Exit | null, memoryBytes: number): EndOutcome {
  if (exit === null) {
    return { status: 'failed', reason: 'the container was removed by another party while it ran' }
  }
  const { code, outOfMemory } = exit
  if (code === 0) return { status: 'succeeded', exitCode: 0 }
  if (outOfMemory) {
    const limit = `${Math.round(memoryBytes / MEBIBYTE)} MiB`
    const fault = new HooklineError('out_of_memory', `the program needed more than ${limit}`)
    return { ...outcomeOfFault(fault), exitCode: code }
  }
  const signal = code > 128 && code < 128 + 65 ? ` (signal ${code - 128})` : ''
  const missing = code === 127 ? ': the command, or one that it ran, is not in the image' : ''
  return { status: 'failed', reason: `exited with code ${code}${signal}${missing}`, exitCode: code }
}

/** The outcome of a run that failed because of the engine or the image. Throws any other error. */
export function outcomeOfError(error: unknown): FailedOutcome {
  if (!isHooklineError(error)) throw error
  return outcomeOfFault(error)
}

/** The error for the engine's refusal to create or start a container. */
export function refusal({ status, message }: EngineAnswer): HooklineError {
  const said = message.slice(0, MAX_MESSAGE_LENGTH)
  // Errors of the engine itself (500) may be temporary; those of the request are not.
  const fields = status < 500 || UNKNOWN_USER.test(said) ? { retryable: false } : {}
  if (NOT_IN_IMAGE.test(said) && /exec|runc|runtime/i.test(said)) {
    return new HooklineError('program_not_found', `the container cannot run its command: ${said}`, {
      fields: { retryable: false },
      remedy: 'Check `command`, and that the image holds it.',
    })
  }
  return new HooklineError('container_refused', `the engine refused the container: ${said}`, {
    fields,
  })
}
