import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, type Stats } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir, uptime } from 'node:os'
import { join } from 'node:path'
import { errorCodeOf } from '../../kit/thrown.ts'
import { ownerName, ownerState, thisOwner } from './owner.ts'

/** `hookline-KIND-OWNER-XXXXXX`; earlier versions left out the owner. */
const NAME = /^hookline-(?:results|python|receivers)-(?:([^-]+)-)?[^-]{6}$/
/** Arguments are separated by NUL. */
const NODE_OF_HOOKLINE = /^[^\0]*node\0.*hookline/is
const FOLDER_OF_RUNS = 'runs'
/** Systems limit the path of a socket to 104 bytes or a few more. */
const MAX_LENGTH = 90

/** Makes a private folder below `/tmp`, or where TMPDIR says. Its name says whose it is: see `removeLeftBehind`. */
export function makeTempFolder(kind: 'results' | 'python' | 'receivers'): string {
  const name = `hookline-${kind}-${ownerName(thisOwner())}-`
  const usual = join(tmpdir(), name)
  return mkdtempSync(usual.length > MAX_LENGTH ? join('/tmp', name) : usual)
}

/** The folder in the data folder for the runs of this process; it may not be there yet. */
export function folderOfRuns(dataDir: string): string {
  return join(dataDir, FOLDER_OF_RUNS, ownerName(thisOwner()))
}

/** Removes what processes that were killed have left in the data folder and below `/tmp`. Called when a node starts. */
export async function removeLeftBehind(dataDir: string): Promise<void> {
  for (const name of namesIn(join(dataDir, FOLDER_OF_RUNS))) {
    // One node at a time has this data folder: whoever cannot be seen from here is gone.
    if (ownerState(name) !== 'alive') await removeRuns(join(dataDir, FOLDER_OF_RUNS, name))
  }
  for (const folder of new Set([tmpdir(), '/tmp'])) {
    for (const name of namesIn(folder)) {
      const path = join(folder, name)
      if (isLeftBehind(path, NAME.exec(name))) await removeRuns(path)
    }
  }
}

/**
 * Removes a folder that a program could write to, as the user that owns it: what that user may not remove stays, also if
 * it puts links in the place of folders meanwhile. Never throws.
 */
export async function removeAsOwner(folder: string): Promise<void> {
  try {
    const { uid, gid } = lstatSync(folder)
    if (process.getuid?.() !== 0 || uid === 0) {
      await rm(folder, { recursive: true, force: true })
      return
    }
    // Programs of that user can read the variables of their user's processes, so it gets none with a secret.
    const env = { PATH: process.env['PATH'] }
    const options = { uid, gid, env, cwd: '/', stdio: 'ignore' } as const
    const removing = spawn('rm', ['-rf', '--', folder], options)
    await once(removing, 'exit')
    removeEmpty(folder)
  } catch {
    // What is left is found again when a node starts.
  }
}

/** Removes a folder if there is nothing in it. Returns false if there is. */
export function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return errorCodeOf(error) === 'ENOENT'
  }
}

// Only its owner can write to a folder of runs, but each folder in it belongs to a program.
async function removeRuns(folder: string): Promise<void> {
  for (const name of namesIn(folder)) await removeAsOwner(join(folder, name))
  removeEmpty(folder)
}

function isLeftBehind(path: string, name: RegExpExecArray | null): boolean {
  const found = name && lstatSync(path, { throwIfNoEntry: false })
  if (!found?.isDirectory() || found.uid !== process.getuid?.()) return false
  const owner = name?.[1]
  if (owner === undefined) return !isOlderNodeRunning()
  const state = ownerState(owner)
  return state === 'gone' || (state === 'foreign' && isBeforeBoot(found))
}

function isBeforeBoot({ mtimeMs }: Stats): boolean {
  return mtimeMs < Date.now() - uptime() * 1000
}

/** Whether another node may run, which would still use its folder without a name. */
function isOlderNodeRunning(): boolean {
  if (process.platform !== 'linux') return true
  return namesIn('/proc').some((id) => {
    if (!/^\d+$/.test(id) || Number(id) === process.pid) return false
    try {
      return NODE_OF_HOOKLINE.test(readFileSync(`/proc/${id}/cmdline`, 'latin1'))
    } catch {
      return false
    }
  })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
