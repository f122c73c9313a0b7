import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { suggestion } from '../../kit/nearest-name.ts'
import { errorCodeOf } from '../../kit/thrown.ts'
import { locate } from './options.ts'
import { findProgram } from './restrict/find-program.ts'

const INTERPRETERS = /^((ba|da|z|k)?sh|node|deno|bun|python[\d.]*|ruby|perl|php)$/
const SHEBANG_BYTES = 256

export interface CheckedProgram {
  /** The program and its first arguments, as they are written in the config. */
  readonly command: readonly string[]
  /** Name of the option with the command or script, for messages. */
  readonly option: string
  readonly baseDir: string
  readonly cwd?: string | undefined
  /** The PATH of the program. */
  readonly path: string | undefined
}

/** Why a command would not start as things are, each a sentence; none if it would. Windows finds programs in its own way. */
export function programFaults(given: CheckedProgram): readonly string[] {
  if (process.platform === 'win32') return []
  const { command, option, baseDir, path } = given
  const cwd = resolve(baseDir, given.cwd ?? '')
  const [name = '', first = ''] = command
  const faults = isFolder(cwd) ? [] : [`\`cwd\`: there is no folder ${cwd}`]
  const program = locate(name, baseDir)
  try {
    const file = findProgram(program, cwd, path)
    faults.push(...shebangFaults(file, cwd, path).map((why) => `\`${option}\`: ${why}`))
  } catch (error) {
    faults.push(`\`${option}\`: ${startFault(program, name, { path, code: errorCodeOf(error) })}`)
  }
  const script = /^\.\.?\//.test(first) && INTERPRETERS.test(basename(name)) ? first : null
  if (script !== null) faults.push(...fileFaults(script, option, baseDir))
  return faults
}

/** Why a file that an interpreter is to read is missing; none if it is there. */
export function fileFaults(file: string, option: string, baseDir: string): readonly string[] {
  const absolute = resolve(baseDir, file)
  const found = statSync(absolute, { throwIfNoEntry: false })
  if (found?.isFile() === true) return []
  if (found !== undefined) return [`\`${option}\`: ${absolute} is no file`]
  return [`\`${option}\`: there is no file ${absolute}.${near(absolute)}`]
}

function startFault(
  program: string,
  written: string,
  { path, code }: { readonly path: string | undefined; readonly code: string },
): string {
  if (/\s/.test(written.trim())) {
    const words = written.trim().split(/\s+/)
    return `there is no program \`${written}\`. No shell reads the command: write ${JSON.stringify(words)}, or ["/bin/sh", "-c", ${JSON.stringify(written)}]`
  }
  if (code === 'EACCES') {
    return `${program} is not a file that may be executed. If it is a script, run \`chmod +x ${program}\``
  }
  if (program.includes('/')) return `there is no program ${program}.${near(program)}`
  return `there is no program \`${program}\` in PATH.${suggestion(program, namesIn((path ?? '').split(':')))}`
}

/** The system says of a script with a wrong first line only that there is no such file. */
function shebangFaults(file: string, cwd: string, path: string | undefined): readonly string[] {
  const [line = ''] = startOf(file).split('\n', 1)
  if (!line.startsWith('#!')) return []
  if (line.endsWith('\r')) {
    return [
      `the first line of ${file} ends with a carriage return, so no interpreter is found: save the file with LF line ends, not CRLF`,
    ]
  }
  const words = line.slice(2).trim().split(/\s+/)
  const isEnv = basename(words[0] ?? '') === 'env'
  const name = isEnv ? words.slice(1).find((word) => !/^-|=/.test(word)) : words[0]
  if (name === undefined || name === '') return []
  try {
    findProgram(name, cwd, path)
    return []
  } catch {
    return [`${file} needs the interpreter \`${name}\`, which is not there`]
  }
}

function startOf(file: string): string {
  try {
    const descriptor = openSync(file, 'r')
    try {
      const bytes = Buffer.alloc(SHEBANG_BYTES)
      return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, SHEBANG_BYTES, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return ''
  }
}

function near(file: string): string {
  return suggestion(basename(file), namesIn([dirname(file)]))
}

function namesIn(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  })
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
