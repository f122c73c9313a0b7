import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'

const SYSTEM_FOLDERS = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
]

/**
 * The file that the system would start for a name. Throws an error with the code ENOENT or EACCES if there is none.
 * Unlike the package `which`, it searches from the program's working directory, and tells refused files from missing ones.
 */
export function findProgram(name: string, cwd: string, path: string | undefined): string {
  const isPath = name.includes('/')
  const folders = isPath ? ['.'] : (path ?? '/bin:/usr/bin').split(':')
  let code = 'ENOENT'
  for (const folder of folders) {
    const file = resolve(cwd, folder === '' ? '.' : folder, name)
    const found = look(file)
    if (found === 'executable') return file
    if (found === 'refused') code = 'EACCES'
  }
  throw Object.assign(new Error(code), { code })
}

/** A tool of the system, also if PATH does not name its folder. Null if it is not installed. */
export function findTool(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...SYSTEM_FOLDERS]
  try {
    return findProgram(name, '/', folders.join(':'))
  } catch {
    return null
  }
}

function look(file: string): 'executable' | 'refused' | 'missing' {
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return 'missing'
    if (!statSync(file).isFile()) return 'refused'
    accessSync(file, constants.X_OK)
    return 'executable'
  } catch {
    return 'refused'
  }
}
