/** Code of an error of Node or of Hookline, such as `ENOENT`; its name where it has none. */
export function errorCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** What an error says; anything else that was thrown, as text. */
export function errorMessageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
