import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { HooklineError, locate } from '../../../core/index.ts'

const LIMIT_SECONDS = 60
// Written as bytes: the environment may set another encoding.
const QUESTION =
  'import os, sys; is_new = sys.version_info >= (3, 8) and hasattr(os, "fork"); ' +
  'facts = [sys.executable, str(is_new), sys.prefix, sys.base_prefix]; ' +
  'os.write(1, b"".join(os.fsencode(fact) + b"\\n" for fact in facts))'
const MAX_QUOTED = 300

export interface InterpreterPlace {
  /** As the option gives it. */
  readonly interpreter: string
  readonly baseDir: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** An interpreter that was asked. */
export interface Interpreter {
  /** Its own path: what PATH finds can be the slow script of a version manager. */
  readonly path: string
  readonly canBeWarm: boolean
  /** Where it is installed, and its virtual environment. */
  readonly folders: readonly string[]
}

/** Finds and asks an interpreter, which takes one start of it. Throws `program_not_found` or `interpreter_unavailable`. */
export function findInterpreter(place: InterpreterPlace): Promise<Interpreter> {
  const program = programOf(place)
  const { cwd, env } = place
  return new Promise((resolve, reject) => {
    const settings = { cwd, env, timeout: LIMIT_SECONDS * 1000, windowsHide: true }
    execFile(program, ['-c', QUESTION], settings, (error, stdout, stderr) => {
      const [path = '', isNew, ...folders] = stdout.trimEnd().split(/\r?\n/)
      if (error === null && path !== '') resolve({ path, canBeWarm: isNew === 'True', folders })
      else reject(error === null ? unavailable(program, stderr) : faultOf(error, program, stderr))
    })
  })
}

function programOf({ interpreter, baseDir }: InterpreterPlace): string {
  const program = locate(interpreter, baseDir)
  if (!program.includes(sep)) return program
  if (statSync(program, { throwIfNoEntry: false })?.isDirectory() !== true) return program
  return process.platform === 'win32'
    ? join(program, 'Scripts', 'python.exe')
    : join(program, 'bin', 'python')
}

// Errors of the start itself have a code of the system, and the shared words for it.
function faultOf(error: { readonly code?: unknown }, program: string, stderr: string): unknown {
  return typeof error.code === 'string' && error.code.startsWith('E')
    ? error
    : unavailable(program, stderr)
}

function unavailable(program: string, stderr: string): HooklineError {
  const said = stderr.trim().slice(-MAX_QUOTED)
  const detail = said === '' ? 'it does not answer as Python does' : said
  return new HooklineError('interpreter_unavailable', `"${program}" cannot be used: ${detail}`)
}
