import { withTimeLimit } from '../../kit/time-limit.ts'

/** A module may compile a lot, but one that still waits after this time waits for something that does not come. */
const IMPORT_SECONDS = 20

type Exports = Record<string, unknown>

const exit = process.exit
let guards = 0

/**
 * Imports a user's module. Rejects if it is not loaded within a time limit, since a top-level `await` may never end, and
 * if it ends the process: the error is thrown where it calls `process.exit`. `isWithin` tells from a stack whether a call
 * came from the module.
 */
export async function guardedImport(
  load: () => Promise<Exports>,
  isWithin: (stack: string) => boolean,
  seconds = IMPORT_SECONDS,
): Promise<Exports> {
  guards++
  process.exit = ((code?: number) => {
    const error = new Error(`it ends the process: \`process.exit(${code ?? ''})\``)
    if (isWithin(error.stack ?? '')) throw error
    exit(code)
  }) as typeof process.exit
  try {
    return await withTimeLimit(load(), seconds * 1000, () => {
      throw new Error(
        `it was not loaded within ${seconds} seconds: a top-level \`await\` waits for what does not come`,
      )
    })
  } finally {
    guards--
    if (guards === 0) process.exit = exit
  }
}
