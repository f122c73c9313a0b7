import { realpathSync, statSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { HooklineError } from '../errors.ts'
import type { Launch } from '../process-child.ts'
import { findTool } from './find-program.ts'
import type { Sandbox } from './restrict-options.ts'

/** Folders that are empty, and its own, inside. Sockets of services are in `/run`: some would let it out. */
const PRIVATE_FOLDERS = ['/tmp', '/var/tmp', '/run']
const STATUS_DESCRIPTOR = '3'

export interface SandboxOptions extends Sandbox {
  /** Hookline's own files: hidden where the program is not in it. */
  readonly dataDir: string
  /** Files and folders that the program needs besides its own folder and the working directory. */
  readonly needed: readonly string[]
}

/**
 * The command that runs a launch inside bubblewrap: https://github.com/containers/bubblewrap. All paths are absolute.
 * Throws `sandbox_unavailable` where it is not installed.
 */
export function sandboxPrefix(launch: Launch, options: SandboxOptions): readonly string[] {
  const bwrap = process.platform === 'linux' ? findTool('bwrap') : null
  if (bwrap === null) {
    throw new HooklineError(
      'sandbox_unavailable',
      process.platform === 'linux'
        ? 'bubblewrap (`bwrap`) is not installed'
        : `there is no bubblewrap for ${process.platform}`,
    )
  }
  const result = launch.env['WEBHOOK_RESULT']
  const needed = [launch.cwd, dirname(launch.program), ...options.needed]
  const writable = [...options.writable, ...(result === undefined ? [] : [dirname(result)])]
  return [
    ...[bwrap, '--unshare-all', '--cap-drop', 'ALL', '--json-status-fd', STATUS_DESCRIPTOR],
    ...(options.network ? ['--share-net'] : []),
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...PRIVATE_FOLDERS.filter(isFolder).flatMap((folder) => ['--tmpfs', folder]),
    ...(options.network ? nameServers() : []),
    ...needed.filter(isPrivate).flatMap((path) => ['--ro-bind', path, path]),
    ...hiding(launch, options, [...needed, ...writable]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    ...['--unsetenv', 'TMPDIR', '--chdir', launch.cwd, '--'],
  ]
}

/** Whether bubblewrap told of the program's own end: it does only where it could start it. */
export function hasRun(status: string): boolean {
  return status.includes('"exit-code"')
}

function hiding(
  launch: Launch,
  { hidden, dataDir }: SandboxOptions,
  shown: readonly string[],
): readonly string[] {
  const own = isFolder(dataDir) && !shown.some((path) => isBelow(path, dataDir)) ? [dataDir] : []
  // What its user cannot reach is hidden already, and bubblewrap cannot reach it either.
  const reached = [...own, ...hidden].filter((path) => isReached(dirname(path), launch))
  return reached.flatMap((path) =>
    isFolder(path) ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path],
  )
}

/** Whether the user of a launch may enter a folder and all above it. */
function isReached(folder: string, { uid, gid }: Pick<Launch, 'uid' | 'gid'>): boolean {
  if (uid === undefined || uid === 0) return true
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return false
  const bit = found.uid === uid ? 0o100 : found.gid === gid ? 0o010 : 0o001
  if ((found.mode & bit) === 0) return false
  return dirname(folder) === folder || isReached(dirname(folder), { uid, gid })
}

// Often a link to a file that a service keeps in /run.
function nameServers(): readonly string[] {
  try {
    const file = realpathSync('/etc/resolv.conf')
    return isPrivate(file) ? ['--ro-bind-try', file, file] : []
  } catch {
    return []
  }
}

function isPrivate(path: string): boolean {
  return PRIVATE_FOLDERS.some((folder) => isBelow(path, folder))
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith('../'))
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
