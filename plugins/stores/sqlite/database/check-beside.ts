import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? './check-program.ts' : './check-program.js',
  import.meta.url,
)
/** About 5 GiB are checked within it. */
const CHECK_WITHIN_MS = 60_000

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
