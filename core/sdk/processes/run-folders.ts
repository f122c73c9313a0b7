import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { chown, mkdir, rmdir, unlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ProgramRun } from '../../contracts/executor.ts'
import type { ProcessSettings } from './options.ts'
import { folderOfRuns, makeTempFolder, removeAsOwner, removeEmpty } from './temp-folders.ts'

/** When a folder was last changed, as long as nothing was made in it: no clock says so by itself. */
const UNTOUCHED = 0

/** Whom a program runs as, and whether in a sandbox. */
type RunUser = Pick<ProcessSettings, 'uid' | 'gid' | 'sandbox'>

type RunValues = Pick<ProgramRun, 'args' | 'env' | 'files'>

/** The folder of one run, for its result file and the files that it gets. */
export interface RunFolder {
  /** The program's `WEBHOOK_RESULT`. No other run is given the same. */
  readonly resultFile: string
  /** The other user that the program runs as. Null: it is Hookline's own. */
  readonly uid: number | null
  /** Writes the files of the run. Returns its arguments and variables with the paths. */
  addFiles(run: RunValues): Promise<Pick<ProgramRun, 'args' | 'env'>>
  /** Whether nothing was ever made in it, so that there is no result. */
  isUntouched(): boolean
  /** Called once, after the run, with what `isUntouched` has said. */
  remove(isUntouched: boolean): void
}

// Shared by all programs that run as other users: they may enter it, but neither list nor change it.
let enterableParent: string | null = null

/**
 * Gives each run of a program a folder. Only the program's user may enter it, its name cannot be guessed, and its
 * parent belongs to Hookline, so that nothing can be put in its place. It is in the data folder, unless the program runs as
 * another user, who may not enter the data folder: then it is below `/tmp`.
 *
 * Making and removing a folder costs about as much as all else that a short run needs of Hookline. So one in which nothing
 * was made is given to a later run of the same program, if the system does not protect its runs from each other anyway:
 * without a user of its own and without a sandbox.
 */
export class RunFolders {
  readonly #user: RunUser
  readonly #dataDir: string
  readonly #isShared: boolean
  readonly #spares: string[] = []
  #creating: Promise<unknown> | null = null
  #files = 0
  readonly #removals = new Set<Promise<void>>()

  constructor(user: RunUser, dataDir: string) {
    this.#user = user
    this.#dataDir = dataDir
    this.#isShared = !isOther(user) && user.sandbox === undefined
  }

  async make(): Promise<RunFolder> {
    const spare = this.#spares.pop()
    const folder = spare !== undefined && this.#isAsMade(spare) ? spare : await this.#create()
    // For the next run, which then need not wait for the disk.
    if (this.#spares.length === 0) this.#creating ??= this.#addSpare()
    this.#files += 1
    const resultFile = join(folder, `${this.#files}.json`)
    return {
      resultFile,
      uid: isOther(this.#user) ? this.#user.uid : null,
      addFiles: (run) => addFiles(run, folder, isOther(this.#user) ? this.#user : {}),
      isUntouched: () => isUntouched(folder),
      remove: (untouched) => {
        if (this.#isShared && untouched) this.#spares.push(folder)
        else this.#remove(folder, resultFile)
      },
    }
  }

  // Programs that tidy the disk may have removed it, and what a run left behind may have written to it.
  #isAsMade(folder: string): boolean {
    return isUntouched(folder) && (!isOther(this.#user) || isOwn(dirname(folder)))
  }

  async #addSpare(): Promise<void> {
    try {
      this.#spares.push(await this.#create())
    } catch {
      // The next run says why.
    } finally {
      this.#creating = null
    }
  }

  // Not in one go: where the disk is busy, making or removing a folder takes milliseconds.
  async #create(): Promise<string> {
    const user = this.#user
    const parent = isOther(user) ? parentOfOthers : () => this.#ownParent()
    // Another program that ends may have removed the parent in between.
    const folder = await makeIn(parent()).catch(() => makeIn(parent()))
    await utimes(folder, UNTOUCHED, UNTOUCHED)
    if (isOther(user) && user.gid !== undefined) await chown(folder, user.uid, user.gid)
    return folder
  }

  /** Called once, after the last run. The parents stay while other programs use them. */
  async close(): Promise<void> {
    await this.#creating
    for (const folder of this.#spares.splice(0)) this.#remove(folder)
    await Promise.all(this.#removals)
    const own = folderOfRuns(this.#dataDir)
    if (removeEmpty(own)) removeEmpty(dirname(own))
    if (enterableParent !== null && removeEmpty(enterableParent)) enterableParent = null
  }

  #remove(folder: string, resultFile?: string): void {
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
  { uid, gid }: RunUser,
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

function isOther(user: RunUser): user is RunUser & { readonly uid: number } {
  return user.uid !== undefined && user.uid !== 0 && process.getuid?.() === 0
}

// Windows does not promise to note a change of a folder at once.
function isUntouched(folder: string): boolean {
  if (process.platform === 'win32') return false
  return lstatSync(folder, { throwIfNoEntry: false })?.mtimeMs === UNTOUCHED
}

function isOwn(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.()
}

// Most runs leave nothing but the result: whatever else there is, the program has made.
async function remove(folder: string, resultFile?: string): Promise<void> {
  if (resultFile !== undefined) await unlink(resultFile).catch(() => {})
  await rmdir(folder).catch(() => removeAsOwner(folder))
}
