import { isHooklineError } from '../errors/errors.ts'

/** What the service log may show of an error of the store. */
export function describeFault(error: unknown): { readonly name: string; readonly message: string } {
  if (isHooklineError(error)) return { name: error.code, message: error.message }
  if (error instanceof Error) return { name: error.name, message: error.message }
  return { name: typeof error, message: '' }
}

/** Where in the code of a plugin an error was thrown. Its message is left out: it may quote a payload. */
export function locateFault(error: unknown): { readonly name: string; readonly at: string | null } {
  if (!(error instanceof Error)) return { name: typeof error, at: null }
  const frame = error.stack?.split('\n').find((line) => line.startsWith('    at '))
  return { name: isHooklineError(error) ? error.code : error.name, at: frame?.trim() ?? null }
}
