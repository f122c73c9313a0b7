import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { folderFault } from '../errors/folder-fault.ts'
import { errorCodeOf } from './thrown.ts'

/** Answers of file systems without hard links: exFAT, FAT, and some of networks and phones. */
const NO_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
])

/**
 * Creates a file that only its owner may read (0600, its folder 0700). The file appears whole, and is on the disk before
 * this returns. Where the file system has no hard links, others may see it empty for a moment. Throws `data_dir_unusable`. Returns false, and changes nothing, if the file exists. If two processes create it at once, one wins.
 */
export function createPrivateFile(file: string, text: string): boolean {
  const draft = writeDraft(file, text)
  try {
    // Unlike a rename, a link never replaces.
    linkSync(draft, file)
    keepName(file)
    return true
  } catch (error) {
    const code = errorCodeOf(error)
    if (code === 'EEXIST') return false
    if (!NO_LINKS.has(code)) throw error
    return createDirectly(file, text)
  } finally {
    rmSync(draft, { force: true })
  }
}

// Still only one of several processes makes it.
function createDirectly(file: string, text: string): boolean {
  let made: number
  try {
    made = openSync(file, 'wx', 0o600)
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false
    throw error
  }
  try {
    writeFileSync(made, text, { flush: true })
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    closeSync(made)
  }
  keepName(file)
  return true
}

/** Writes such a file in place of an existing one, atomically. */
export function replacePrivateFile(file: string, text: string): void {
  const draft = writeDraft(file, text)
  try {
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  keepName(file)
}

// A new name survives a power cut only if its folder is synced too. Windows cannot do that.
function keepName(file: string): void {
  let folder: number | null = null
  try {
    folder = openSync(dirname(file), 'r')
    fsyncSync(folder)
  } catch (error) {
    if (process.platform !== 'win32') throw error
  } finally {
    if (folder !== null) closeSync(folder)
  }
}

function writeDraft(file: string, text: string): string {
  const folder = dirname(file)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Loaded only here: most commands read such files alone.
    const { randomBytes } = process.getBuiltinModule('node:crypto')
    return writeNew(`${file}.${process.pid}.${randomBytes(4).toString('hex')}`, text)
  } catch (error) {
    throw folderFault(error, folder) ?? error
  }
}

function writeNew(draft: string, text: string): string {
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true })
    return draft
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}
