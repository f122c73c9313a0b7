import glob from 'tiny-glob'
import { errorCodeOf } from '../../kit/thrown.ts'

// The library caches files in one table for all folders, so calls must not overlap.
let last: Promise<unknown> = Promise.resolve()

/** Absolute paths of the files that a glob matches in a folder, sorted by name; none if the folder does not exist. */
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

// The order decides which file overrides which, so it must not depend on the locale.
function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCodeOf(error))
}
