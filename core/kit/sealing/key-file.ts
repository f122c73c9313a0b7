import { readFileSync, rmSync, statSync } from 'node:fs'
import { HooklineError } from '../errors.ts'
import { createPrivateFile, replacePrivateFile } from '../private-file.ts'

/** The change of a key file takes milliseconds: a lock of this age was left behind by a process that was killed. */
const STALE_LOCK_MS = 30_000

/**
 * Puts a key before those of a key file, on the disk and whole before it returns. Two processes at once: one is
 * refused, so that no key is lost. Throws `key_fixed`.
 */
export function addToKeyFile(path: string, key: string): void {
  const lock = `${path}.lock`
  try {
    takeLock(lock)
    try {
      replacePrivateFile(path, `${key}\n${readFileSync(path, 'utf8').trimEnd()}\n`)
    } finally {
      rmSync(lock, { force: true })
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    if (code === 'key_fixed') throw error
    throw new HooklineError('key_fixed', `${path} cannot be changed (${code})`, { cause: error })
  }
}

function takeLock(lock: string): void {
  if (createPrivateFile(lock, `${process.pid}\n`)) return
  const found = statSync(lock, { throwIfNoEntry: false })
  if (found !== undefined && Date.now() - found.mtimeMs > STALE_LOCK_MS)
    rmSync(lock, { force: true })
  if (createPrivateFile(lock, `${process.pid}\n`)) return
  throw new HooklineError('key_fixed', `Another process changes the key file just now (${lock})`, {
    remedy: 'Try again in half a minute.',
  })
}
