import { CONFIG_ERRORS } from './config-error-codes.ts'
import { HTTP_ERRORS } from './http-error-codes.ts'
import { KEY_ERRORS } from './key-error-codes.ts'
import { SERVICE_ERRORS } from './service-error-codes.ts'

/** Every error code: HTTP status where it reaches a caller, a title, and what to do about it. */
export const ERRORS = {
  ...HTTP_ERRORS,
  ...CONFIG_ERRORS,
  ...KEY_ERRORS,
  ...SERVICE_ERRORS,
} as const

export type ErrorCode = keyof typeof ERRORS

export interface ErrorDetails {
  readonly cause?: unknown
  /** Replaces the remedy of the catalogue. */
  readonly remedy?: string
  /** Extra fields for the caller: `retryAfterSeconds`, `errors`. Never a secret or a payload. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** A fault with a code of `ERRORS`. The message names the rule that was broken and what was given. */
export class HooklineError extends Error {
  override readonly name = 'HooklineError'
  readonly code: ErrorCode
  readonly remedy: string
  readonly fields: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.remedy = details.remedy ?? ERRORS[code].remedy
    this.fields = details.fields ?? {}
  }
}

/** By name and code, not by class: a plugin may throw an error of a second copy of this module. */
export function isHooklineError(error: unknown): error is HooklineError {
  return (
    error instanceof Error &&
    error.name === 'HooklineError' &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code in ERRORS
  )
}
