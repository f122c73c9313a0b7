import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HooklineError } from '../kit/errors.ts'
import { createPrivateFile } from '../kit/private-file.ts'
import { createToken } from './access/token-form.ts'

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
  const file = adminTokenFile(dataDir)
  const value = createToken()
  if (createPrivateFile(file, `${value}\n`)) return { value, made: true, file }
  const kept = readFileSync(file, 'utf8').trim()
  if (kept.length < MIN_LENGTH) {
    throw new HooklineError('admin_token_weak', `The file ${file} holds ${kept.length} characters`)
  }
  return { value: kept, made: false, file }
}

/** Where the admin token is kept. */
export function adminTokenFile(dataDir: string): string {
  return join(dataDir, 'admin-token')
}
