import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { chown, mkdir, rmdir, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ProgramRun } from '../../contracts/executor.ts'
import { folderOfRuns, makeTempFolder, removeAsOwner, removeEmpty } from './temp-folders.ts'

interface User {
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

type RunValues = Pick<ProgramRun, 'args' | 'env' | 'files'>

/** The folder of one run, for its result file and the files that it gets. */
export interface RunFolder {
  /** The program's `WEBHOOK_RESULT`. */
  readonly resultFile: string
  /** The other user that the program runs as. Null: it is Hookline's own. */
  readonly uid: number | null
  /** Writes the files of the run. Returns its arguments and variables with the paths. */
  addFiles(run: RunValues): Promise<Pick<ProgramRun, 'args' | 'env'>>
  /** Called once, after the run. */
  remove(): void
}

// Shared by all programs that run as other users: they may enter it, but neither list nor change it.
let enterableParent: string | null = null

/**
 * Makes a folder for each run of a program. Only the program's user may enter it, its name cannot be guessed, and its
 * parent belongs to Hookline, so that nothing can be put in its place. It is in the data folder, unless the program runs as
 * another user, who may not enter the data folder: then it is below `/tmp`.
 */
export class RunFolders {
  readonly #user: User
  readonly #dataDir: string
  #spare: Promise<RunFolder | null> | null = null
  readonly #removals = new Set<Promise<void>>()

  constructor(user: User, dataDir: string) {
    this.#user = user
    this.#dataDir = dataDir
  }

  // Not in one go: where the disk is busy, making or removing a folder takes milliseconds.
  async make(): Promise<RunFolder> {
    const spare = this.#spare
    // For the next run, which then need not wait for the disk.
    this.#spare = this.#create().catch(() => null)
    const ready = await spare
    return ready !== null && isThere(ready) ? ready : this.#create()
  }

  async #create(): Promise<RunFolder> {
    const { uid, gid } = this.#user
    const isOther = uid !== undefined && uid !== 0 && process.getuid?.() === 0
    const parent = isOther ? parentOfOthers : () => this.#ownParent()
    // Another program that ends may have removed the parent in between.
    const folder = await makeIn(parent()).catch(() => makeIn(parent()))
    if (isOther && gid !== undefined) await chown(folder, uid, gid)
    const resultFile = join(folder, 'result.json')
    return {
      resultFile,
      uid: isOther ? uid : null,
      addFiles: (run) => addFiles(run, folder, isOther ? this.#user : {}),
      remove: () => this.#remove(folder, resultFile),
    }
  }

  /** Called once, after the last run. The parents stay while other programs use them. */
  async close(): Promise<void> {
    const spare = await this.#spare
    this.#spare = null
    spare?.remove()
    await Promise.all(this.#removals)
    const own = folderOfRuns(this.#dataDir)
    if (removeEmpty(own)) removeEmpty(dirname(own))
    if (enterableParent !== null && removeEmpty(enterableParent)) enterableParent = null
  }

  #remove(folder: string, resultFile: string): void {
    const removal = remove(folder, resultFile).finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  #ownParent(): string {
    const parent = folderOfRuns(this.#dataDir)
    mkdirSync(parent, { recursive: true, mode: 0o700 })
    return parent
  }
}

async function makeIn(parent: string): Promise<string> {
  const folder = join(parent, crypto.randomUUID())
  await mkdir(folder, { mode: 0o700 })
  return folder
}

async function addFiles(
  { args, env, files = [] }: RunValues,
  folder: string,
  { uid, gid }: User,
): Promise<Pick<ProgramRun, 'args' | 'env'>> {
  const withPaths = { args: [...args], env: { ...env } }
  for (const { of, content } of files) {
    const path = join(folder, typeof of === 'number' ? `argument-${of + 1}` : of)
    await writeFile(path, content, { flag: 'wx', mode: 0o600 })
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
    if (typeof of === 'number') withPaths.args[of] = path
    else withPaths.env[of] = path
  }
  return withPaths
}

function parentOfOthers(): string {
  // Programs that tidy `/tmp` may have removed it, and another user could have put a folder in its place.
  if (enterableParent === null || !isOwn(enterableParent)) {
    enterableParent = makeTempFolder('results')
    chmodSync(enterableParent, 0o711)
  }
  return enterableParent
}

// Programs that tidy the disk may have removed it.
function isThere({ resultFile }: RunFolder): boolean {
  const folder = dirname(resultFile)
  return isOwn(dirname(folder)) && lstatSync(folder, { throwIfNoEntry: false }) !== undefined
}

function isOwn(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.()
}

// Most runs leave nothing but the result: whatever else there is, the program has made.
async function remove(folder: string, resultFile: string): Promise<void> {
  await unlink(resultFile).catch(() => {})
  await rmdir(folder).catch(() => removeAsOwner(folder))
}
