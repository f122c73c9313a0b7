import picomatch from 'picomatch'

// A list of what is allowed: what a pattern does not plainly name is not meant by it.
const OPTIONS = { dot: false, nonegate: true, noextglob: true, nobrace: true, nobracket: true }

/** Whether one of some globs matches all of a text: `*` stops at a `/`, `**` does not; names with a dot first are never meant by either. */
export function matchesAny(text: string, globs: readonly string[]): boolean {
  return globs.some((glob) => picomatch(glob, OPTIONS)(text))
}
