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
 * The file that would be started for a name, looked for as the system does. Throws an error with code ENOENT or EACCES
 * where there is none.
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

/** A tool of the system, also where PATH leaves out its folders; null where it is not installed. */
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
