import picomatch from 'picomatch'

// The patterns are lists of what is allowed, so only `*` and `**` are special.
const OPTIONS = { dot: false, nonegate: true, noextglob: true, nobrace: true, nobracket: true }

/** Whether a pattern matches the whole text. `*` stops at `/`, `**` does not; neither matches names that start with a dot. */
export function matchesAny(text: string, globs: readonly string[]): boolean {
  return globs.some((glob) => picomatch(glob, OPTIONS)(text))
}
