/** Reads one value of a payload; undefined if there is none. */
export type PathReader = (root: unknown) => unknown

/** Compiles a dotted path: `head_commit.message`, `commits.0.id`. The reader sees own properties only, not `constructor`. */
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

/** The value at a dotted path; undefined if there is none. */
export function valueAt(root: unknown, path: string): unknown {
  return pathReader(path)(root)
}
