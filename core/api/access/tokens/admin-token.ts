import { readFileSync } from 'node:fs'
import { HooklineError } from '../../../errors/errors.ts'
import { folderFault } from '../../../errors/folder-fault.ts'
import { createPrivateFile } from '../../../kit/private-file.ts'
import { adminTokenFile } from './admin-token-file.ts'
import { createToken } from './token-format.ts'

const MIN_LENGTH = 16

export interface AdminToken {
  readonly value: string
  /** True if it was created just now, so that it is shown once. */
  readonly made: boolean
  /** The file that holds it; null if it came from the environment. */
  readonly file: string | null
}

/**
 * The admin token: `HOOKLINE_ADMIN_TOKEN`, or the one in the data folder (mode 0600), which is created if there is none.
 * Throws `admin_token_weak` or `data_dir_unusable`.
 */
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
  const kept = readKept(file)
  if (kept.length < MIN_LENGTH) {
    throw new HooklineError('admin_token_weak', `The file ${file} holds ${kept.length} characters`)
  }
  return { value: kept, made: false, file }
}

function readKept(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw folderFault(error, file) ?? error
  }
}
