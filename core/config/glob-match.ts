import { createRequire } from 'node:module'

// The patterns are lists of what is allowed, so only `*` and `**` are special.
const OPTIONS = { dot: false, nonegate: true, noextglob: true, nobrace: true, nobracket: true }

/** Whether a pattern matches the whole text. `*` stops at `/`, `**` does not; neither matches names that start with a dot. */
export function matchesAny(text: string, globs: readonly string[]): boolean {
  if (globs.length === 0) return false
  // Loaded only here, since most configs allow nothing by patterns.
  const picomatch: typeof import('picomatch') = createRequire(import.meta.url)('picomatch')
  return globs.some((glob) => picomatch(glob, OPTIONS)(text))
}
