import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { damaged } from './fault.ts'

const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? './check-program.ts' : './check-program.js',
  import.meta.url,
)
/** Up to this size, a start waits for the check, which takes about 0.1 s. A larger file is checked while it is used. */
const CHECK_FIRST_BYTES = 8_388_608
/** About 5 GiB are checked within it. */
const CHECK_WITHIN_MS = 60_000

/** Whether a start waits for the check. */
export function isSmall(path: string): boolean {
  return statSync(path).size <= CHECK_FIRST_BYTES
}

/** Throws `store_damaged` if pages of the database contradict each other. */
export function checkNow(database: DatabaseSync, path: string): void {
  const [row] = database.prepare('PRAGMA quick_check(1)').all()
  const found = String(Object.values(row ?? {})[0])
  if (found !== 'ok') throw damaged(path, found)
}

/**
 * Checks the database in a process of its own, of low priority, which reads beside the store. Returns what is wrong, or
 * null if nothing was found, if it took too long or if `signal` was aborted.
 */
export async function checkBeside(path: string, signal: AbortSignal): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(PROGRAM), path], {
      signal,
      timeout: CHECK_WITHIN_MS,
      killSignal: 'SIGKILL',
      env: {},
    })
    return stdout === '' ? null : stdout.trim()
  } catch {
    return null
  }
}
