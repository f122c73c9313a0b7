import { BROKER_ERRORS } from './broker-codes.ts'
import { CLUSTER_ERRORS } from './cluster-codes.ts'
import { CONFIG_ERRORS } from './config-codes.ts'
import { ENGINE_ERRORS } from './engine-codes.ts'
import { HTTP_ERRORS } from './http-codes.ts'
import { KEY_ERRORS } from './key-codes.ts'
import { PROVIDER_ERRORS } from './provider-codes.ts'
import { SERVICE_ERRORS } from './service-codes.ts'

/** All error codes. */
export const ERRORS = {
  ...HTTP_ERRORS,
  ...CONFIG_ERRORS,
  ...KEY_ERRORS,
  ...SERVICE_ERRORS,
  ...BROKER_ERRORS,
  ...CLUSTER_ERRORS,
  ...ENGINE_ERRORS,
  ...PROVIDER_ERRORS,
} as const

export type ErrorCode = keyof typeof ERRORS

export interface ErrorDetails {
  readonly cause?: unknown
  /** Replaces the remedy of the code. */
  readonly remedy?: string | undefined
  /** Extra fields for the caller: `retryAfterSeconds`, `errors`. Never a secret or a payload. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
}

/** An error with a code of `ERRORS`. Its message says which rule was broken and what was given. */
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

/** Whether an error is a `HooklineError`. Checks name and code: a plugin may use another copy of the class. */
export function isHooklineError(error: unknown): error is HooklineError {
  return (
    error instanceof Error &&
    error.name === 'HooklineError' &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code in ERRORS
  )
}
