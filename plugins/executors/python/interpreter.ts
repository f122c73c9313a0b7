import { execFile } from 'node:child_process'
import { HooklineError, interpreterPath } from '../../../core/sdk/executor.ts'

const LIMIT_SECONDS = 60
// Written as bytes: the environment may choose another encoding for text.
const QUESTION =
  'import os, sys; is_new = sys.version_info >= (3, 8) and hasattr(os, "fork"); ' +
  'facts = [sys.executable, str(is_new), sys.prefix, sys.base_prefix]; ' +
  'os.write(1, b"".join(os.fsencode(fact) + b"\\n" for fact in facts))'
const MAX_QUOTED = 300

export interface InterpreterPlace {
  /** As given in the options. */
  readonly interpreter: string
  readonly baseDir: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Whom it runs as: what an environment makes Python import runs before the question. */
  readonly uid: number | undefined
  readonly gid: number | undefined
}

/** What an interpreter says about itself. */
export interface Interpreter {
  /** Its own path: PATH may lead to the slow script of a version manager. */
  readonly path: string
  readonly canBeWarm: boolean
  /** Its virtual environment, and where it is installed. */
  readonly folders: readonly string[]
}

/** Finds an interpreter, and asks it by one start. Throws `interpreter_unavailable`, or an error of the system. */
export function findInterpreter(place: InterpreterPlace): Promise<Interpreter> {
  const program = interpreterPath(place.interpreter, place.baseDir)
  const { cwd, env, uid, gid } = place
  return new Promise((resolve, reject) => {
    const settings = {
      cwd,
      env,
      timeout: LIMIT_SECONDS * 1000,
      windowsHide: true,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    }
    execFile(program, ['-c', QUESTION], settings, (error, stdout, stderr) => {
      const [path = '', isNew, ...folders] = stdout.trimEnd().split(/\r?\n/)
      if (error === null && path !== '') resolve({ path, canBeWarm: isNew === 'True', folders })
      else reject(error === null ? unavailable(program, stderr) : faultOf(error, program, stderr))
    })
  })
}

// Errors of the start itself have a code of the system, which is explained elsewhere.
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
