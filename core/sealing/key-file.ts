import { readFileSync, rmSync, statSync } from 'node:fs'
import { HooklineError } from '../errors/errors.ts'
import { createPrivateFile, replacePrivateFile } from '../kit/private-file.ts'
import { errorCodeOf } from '../kit/thrown.ts'

/** A change of a key file takes milliseconds. A lock this old was left behind by a process that was killed. */
const STALE_LOCK_MS = 30_000

/**
 * Adds a key at the start of a key file. The file is whole and on the disk before this returns. If another process
 * changes the file at the same time, one of the two is refused, so that no key is lost. Throws `key_fixed`.
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
    const code = errorCodeOf(error)
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
  throw new HooklineError('key_fixed', `Another process is changing the key file (${lock})`, {
    remedy: 'Try again in half a minute.',
  })
}
