import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { HooklineError } from '../../../errors/errors.ts'
import type { Launch } from '../child.ts'
import { findTool } from './find-program.ts'
import { followed, isBelow, sandboxMounts } from './mounts.ts'
import type { Sandbox } from './restrict-options.ts'

const STATUS_DESCRIPTOR = '3'

export interface SandboxOptions extends Sandbox {
  /** Hookline's own files: always hidden. */
  readonly dataDir: string
  /** What the program needs in addition to its own folder and the working directory. */
  readonly needed: readonly string[]
}

/**
 * The command that runs a launch inside bubblewrap: https://github.com/containers/bubblewrap. All paths are absolute.
 * Throws `sandbox_unavailable` if it is not installed, if a path of `hidden` is not there, or if a path that has to be
 * shown is in the data folder.
 */
export function sandboxPrefix(launch: Launch, options: SandboxOptions): readonly string[] {
  const { network, writable, dataDir } = options
  const bwrap = process.platform === 'linux' ? findTool('bwrap') : null
  if (bwrap === null) {
    throw new HooklineError(
      'sandbox_unavailable',
      process.platform === 'linux'
        ? 'bubblewrap (`bwrap`) is not installed'
        : `there is no bubblewrap for ${process.platform}`,
    )
  }
  const needed = [launch.cwd, dirname(launch.program), ...options.needed]
  checkShown([...needed, ...writable], dataDir)
  const result = launch.env['WEBHOOK_RESULT']
  const mounts = sandboxMounts({
    needed,
    writable,
    hidden: hiddenFrom(launch, options),
    resultFolder: result === undefined ? null : dirname(result),
    network,
  })
  return [
    ...[bwrap, '--unshare-all', '--cap-drop', 'ALL', '--json-status-fd', STATUS_DESCRIPTOR],
    ...(network ? ['--share-net'] : []),
    ...mounts,
    ...['--unsetenv', 'TMPDIR', '--chdir', launch.cwd, '--'],
  ]
}

/** Whether bubblewrap reported the end of the program: it does so only if it could start it. */
export function hasRun(status: string): boolean {
  return status.includes('"exit-code"')
}

function checkShown(shown: readonly string[], dataDir: string): void {
  const inside = shown.find((path) => isBelow(followed(path), followed(dataDir)))
  if (inside === undefined) return
  const message = `"${inside}" is in the data folder, which no sandbox shows`
  throw new HooklineError('sandbox_unavailable', message, {
    remedy: 'Keep programs and what they work on outside of the data folder.',
  })
}

function hiddenFrom(launch: Launch, { hidden, dataDir }: SandboxOptions): readonly string[] {
  // What its user cannot enter is hidden already, and bubblewrap could not enter it either.
  const found = [dataDir, ...hidden].filter((path) => canEnter(dirname(followed(path)), launch))
  return found.filter((path) => {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return true
    if (path === dataDir) return false
    throw new HooklineError('sandbox_unavailable', `"${path}" of \`hidden\` is not there`, {
      remedy: 'Correct the path, or remove it from `hidden`.',
    })
  })
}

/** Whether the user of a launch may enter a folder and all folders above it. */
function canEnter(folder: string, { uid, gid }: Pick<Launch, 'uid' | 'gid'>): boolean {
  if (uid === undefined || uid === 0) return true
  const found = statSync(folder, { throwIfNoEntry: false })
  // It is not there: whoever asks for it learns so.
  if (found === undefined) return true
  const bit = found.uid === uid ? 0o100 : found.gid === gid ? 0o010 : 0o001
  if ((found.mode & bit) === 0) return false
  return dirname(folder) === folder || canEnter(dirname(folder), { uid, gid })
}
