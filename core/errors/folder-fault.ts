import { accessSync, constants, lstatSync, type Stats } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import { HooklineError, isHooklineError } from './errors.ts'

const NO_ACCESS = ['EACCES', 'EPERM']
const NO_ROOM = ['ENOSPC', 'EDQUOT']
const NO_PATH = ['ENOENT', 'EEXIST', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']

/**
 * The error for a file or folder of the data folder that could not be read or written, `data_dir_unusable`: says what is
 * wrong with the path, or with the nearest folder above it that exists. Null if something else is wrong.
 */
export function folderFault(error: unknown, path: string): HooklineError | null {
  if (isHooklineError(error)) return null
  const reason = reasonOf(codeOf(error), path)
  if (reason === null) return null
  return new HooklineError('data_dir_unusable', reason, { cause: error })
}

/** The same for any other path that the system names in its error, `path_unusable`. Null if it names none. */
export function pathFault(error: unknown): HooklineError | null {
  if (!(error instanceof Error) || !('path' in error) || typeof error.path !== 'string') return null
  const reason = reasonOf(codeOf(error), resolve(error.path))
  return reason === null ? null : new HooklineError('path_unusable', reason, { cause: error })
}

function reasonOf(code: string, path: string): string | null {
  if (code === 'EROFS') return `${path} is on a read-only file system (EROFS)`
  if (NO_ROOM.includes(code)) return `There is no room left on the disk of ${path} (${code})`
  if (NO_ACCESS.includes(code))
    return `User ${userText()} may not use ${path} (${code}): ${ownerText(path)}`
  if (!NO_PATH.includes(code)) return null
  const nearest = nearestExisting(path)
  if (nearest !== null && nearest.path !== path && !nearest.stats.isDirectory()) {
    return `${path} cannot be created: ${nearest.path} is not a folder`
  }
  if (nearest?.path === path && !nearest.stats.isDirectory()) return `${path} is not a folder`
  // Making a folder on a read-only file system fails with ENOENT.
  const access = nearest === null ? code : accessFault(nearest.path)
  if (access !== null && !NO_PATH.includes(access)) return reasonOf(access, path)
  return `${path} cannot be created (${code})`
}

function accessFault(path: string): string | null {
  try {
    accessSync(path, constants.W_OK)
    return null
  } catch (error) {
    return codeOf(error)
  }
}

function ownerText(path: string): string {
  const nearest = nearestExisting(path)
  if (nearest === null) return 'a folder above it is closed to this user'
  const { uid, mode } = nearest.stats
  return `${nearest.path} belongs to user ${uid} and has mode ${(mode & 0o7777).toString(8)}`
}

function nearestExisting(path: string): { readonly path: string; readonly stats: Stats } | null {
  try {
    return { path, stats: lstatSync(path) }
  } catch {
    const above = dirname(path)
    return above === path ? null : nearestExisting(above)
  }
}

function userText(): string {
  const uid = process.getuid?.() ?? 'unknown'
  try {
    return `${uid} (${userInfo().username})`
  } catch {
    // A container may run as a user without a name.
    return String(uid)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
