import { randomBytes } from 'node:crypto'
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

/**
 * Makes a file that only its owner may read (0600, its folder 0700), on the disk and whole from the first moment at
 * its own name. False, and nothing changed, where there is one already: of two at once, one comes first.
 */
export function createPrivateFile(file: string, text: string): boolean {
  const draft = writeDraft(file, text)
  try {
    // Unlike a rename, a link never replaces.
    linkSync(draft, file)
    keepName(file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The same, in the place of what is there. */
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

// A file is found after a power cut only where its folder was written too. Not every system can do that.
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
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  return draft
}
