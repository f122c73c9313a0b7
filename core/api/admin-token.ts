import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HooklineError } from '../kit/errors.ts'

const FILE_NAME = 'admin-token'
const MIN_LENGTH = 16

export interface AdminToken {
  readonly value: string
  /** Made just now: to be shown once. */
  readonly made: boolean
  /** Where it is kept; null where it came from the environment. */
  readonly file: string | null
}

/** The admin token: `HOOKLINE_ADMIN_TOKEN`, or the one kept in the data folder (0600), made where there is none. */
export function readAdminToken(
  env: Readonly<Record<string, string | undefined>>,
  dataDir: string,
): AdminToken {
  const given = env['HOOKLINE_ADMIN_TOKEN']
  if (given) {
    if (given.length < MIN_LENGTH) {
      throw new HooklineError(
        'admin_token_weak',
        `HOOKLINE_ADMIN_TOKEN has ${given.length} characters`,
      )
    }
    return { value: given, made: false, file: null }
  }
  const file = join(dataDir, FILE_NAME)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const value = randomBytes(32).toString('base64url')
  try {
    writeFileSync(file, `${value}\n`, { mode: 0o600, flag: 'wx' })
    return { value, made: true, file }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const kept = readFileSync(file, 'utf8').trim()
  if (kept.length < MIN_LENGTH) {
    throw new HooklineError('admin_token_weak', `The file ${file} holds ${kept.length} characters`)
  }
  return { value: kept, made: false, file }
}

/** Compares in constant time, whatever the lengths. */
export function tokenComparer(expected: string): (given: string) => boolean {
  const digest = sha256(expected)
  return (given) => timingSafeEqual(digest, sha256(given))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
