/** Reads one place of a payload; undefined where there is nothing. */
export type PathReader = (root: unknown) => unknown

/**
 * A reader of a dotted path: `head_commit.message`, `commits.0.id`. It sees own properties only, so that a
 * payload without `constructor` has none.
 */
export function pathReader(path: string): PathReader {
  const steps = path.split('.')
  return (root) => {
    let value = root
    for (const step of steps) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
        return undefined
      value = (value as Record<string, unknown>)[step]
    }
    return value
  }
}

/** A reader of the first of several paths that holds something; null where none does. */
export function firstOf(...paths: readonly string[]): PathReader {
  const readers = paths.map(pathReader)
  return (root) => {
    for (const read of readers) {
      const value = read(root)
      if (value !== undefined && value !== null) return value
    }
    return null
  }
}

/** The value at a dotted path, once. Where the same path is read often, keep a `pathReader`. */
export function valueAt(root: unknown, path: string): unknown {
  return pathReader(path)(root)
}
