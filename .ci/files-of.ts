import { globSync } from 'node:fs'

/** The files that patterns match. Throws if one of a pattern's alternatives, as in `{a,b}`, matches none. */
export function filesOf(patterns: readonly string[]): readonly string[] {
  const files = patterns.flatMap(alternatives).flatMap((pattern) => {
    const found = globSync(pattern)
    if (found.length === 0) throw new Error(`No file matches ${pattern}`)
    return found
  })
  return [...new Set(files)]
}

/** `a/{b,{c,d}}` as `a/b`, `a/c` and `a/d`. */
function alternatives(pattern: string): readonly string[] {
  const [braces, inner] = /\{([^{}]*)\}/.exec(pattern) ?? []
  if (braces === undefined || inner === undefined) return [pattern]
  return inner.split(',').flatMap((word) => alternatives(pattern.replace(braces, word)))
}
