import { isHooklineError } from '../kit/errors.ts'

/** What the service log may say of a fault of the store. */
export function describeFault(error: unknown): { readonly name: string; readonly message: string } {
  if (isHooklineError(error)) return { name: error.code, message: error.message }
  if (error instanceof Error) return { name: error.name, message: error.message }
  return { name: typeof error, message: '' }
}

/** Where a fault of a plugin came from. Its message is left out: it may quote a payload. */
export function locateFault(error: unknown): { readonly name: string; readonly at: string | null } {
  if (!(error instanceof Error)) return { name: typeof error, at: null }
  const frame = error.stack?.split('\n').find((line) => line.startsWith('    at '))
  return { name: isHooklineError(error) ? error.code : error.name, at: frame?.trim() ?? null }
}
