import glob from 'tiny-glob'

// The library keeps what it saw of files in one table for all folders, so calls must neither share nor overlap.
let last: Promise<unknown> = Promise.resolve()

/** Absolute paths of the files that a glob matches in a folder, in order of their names; none where the folder is missing. */
export function findFiles(pattern: string, folder: string): Promise<readonly string[]> {
  const found = last.then(async () => {
    try {
      const settings = { cwd: folder, absolute: true, filesOnly: true, flush: true }
      return (await glob(pattern, settings)).toSorted(byCodeUnits)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  })
  last = found.catch(() => {})
  return found
}

// Not by locale: the order decides which file overrides which, so it is the same on every machine.
function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code))
  )
}
