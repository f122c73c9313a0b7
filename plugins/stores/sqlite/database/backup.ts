import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { errorMessageOf, HooklineError, isHooklineError } from '../../../../core/sdk/store.ts'

const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './backup-thread.ts' : './backup-thread.js',
  import.meta.url,
)

/** Input of the thread. Both paths are absolute. */
export interface BackupTask {
  readonly path: string
  /** An empty file. */
  readonly copy: string
}

/**
 * Writes a copy of the database at `path`, as of now, into a new file: whole, on the disk and for its owner alone from
 * the first moment at its name. It takes as long as the database is large.
 */
export async function backUp(path: string, file: string): Promise<void> {
  const copy = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.partial`
  try {
    if (await isThere(file)) throw exists(file)
    if (!(await isThere(dirname(file)))) throw noFolder(dirname(file))
    await (await open(copy, 'wx', 0o600)).close()
    const thread = new Worker(THREAD, { workerData: { path, copy } satisfies BackupTask })
    const [code] = await once(thread, 'exit')
    if (code !== 0) throw new Error(`Its thread ended with code ${code}`)
    await sync(copy)
    // Unlike a rename, a link never replaces a file.
    await link(copy, file)
    await sync(dirname(file))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw exists(file)
    if (isHooklineError(error)) throw error
    const reason = errorMessageOf(error)
    const message = `The database ${path} was not copied to ${file}: ${reason}`
    throw new HooklineError('store_backup_failed', message, { cause: error })
  } finally {
    await rm(copy, { force: true })
    await rm(`${copy}-journal`, { force: true })
  }
}

function exists(file: string): HooklineError {
  return new HooklineError('store_backup_failed', `${file} exists; a backup replaces nothing`)
}

function noFolder(folder: string): HooklineError {
  return new HooklineError('store_backup_failed', `There is no folder ${folder}`, {
    remedy: `Make it, with \`mkdir -p ${folder}\`, or mount it.`,
  })
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch {
    return false
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
