import { statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { locate } from './options.ts'

/** The Python interpreter that an option names: a name in PATH, or a path, which may be of a virtual environment. */
export function interpreterPath(interpreter: string, baseDir: string): string {
  const program = locate(interpreter, baseDir)
  if (!program.includes(sep)) return program
  if (statSync(program, { throwIfNoEntry: false })?.isDirectory() !== true) return program
  return process.platform === 'win32'
    ? join(program, 'Scripts', 'python.exe')
    : join(program, 'bin', 'python')
}
