import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  Confinement,
  checkRoot,
  defineExecutor,
  type ExecutorInstance,
  type PluginContext,
  type ProgramRun,
  programStdin,
  ResultFolder,
} from '../../../core/index.ts'
import { options, type PythonOptions } from './options.ts'
import { PythonStarter } from './python-starter.ts'
import { reachOf } from './reach.ts'

const CALL_FUNCTION = fileURLToPath(new URL('./call_function.py', import.meta.url))

/**
 * Runs a Python script, or calls a Python function, in a process of its own.
 *
 * - `warm` forks it from an interpreter that has started and imported `preload` already, and `spawn` starts one for it:
 *   all that a program usually looks at is the same. What `warm` cannot hide: the process's parent, its command line and
 *   first environment in /proc, modules that are there before they are imported, and one more frame below the script's.
 * - A module of `preload` is imported once for many runs: it should not open files or connections or start threads as it
 *   is imported.
 * - Exit codes, stops, processes left behind and results are as with `subprocess`. A function's result is what it returns.
 */
export const python = defineExecutor({
  name: 'python',
  summary: 'Runs a Python script or function, many times faster than a cold start.',
  options,
  reach: (settings, { baseDir }) => reachOf(settings, baseDir),
  create: createPython,
})

function createPython(settings: PythonOptions, context: PluginContext): ExecutorInstance {
  const { baseDir, logger } = context
  checkRoot(settings, context)
  const { uid, gid, killAfterSeconds } = settings
  const cwd = resolve(baseDir, settings.cwd ?? '.')
  const { script, folder, args } = programOf(settings, baseDir)
  const confinement = new Confinement({ restrictions: settings, context })
  const place = { baseDir, cwd, script, folder }
  const starter = new PythonStarter({ settings, ...place, confinement, logger })
  const results = new ResultFolder({ uid, gid })
  const launch = (run: ProgramRun) => ({
    program: settings.interpreter,
    args: [...args, ...run.args],
    cwd,
    env: run.env,
    stdin: programStdin(settings.stdin, run),
    killAfterSeconds,
    uid,
    gid,
  })
  return {
    run: (given) =>
      results.collect(given, (run) =>
        confinement.run(launch(run), run, (...to) => starter.start(...to)),
      ),
    close: async () => {
      await starter.close()
      results.remove()
    },
  }
}

interface Program {
  readonly script: string
  /** Where its modules are found first. */
  readonly folder: string
  readonly args: readonly string[]
}

function programOf({ script, function: name, args }: PythonOptions, baseDir: string): Program {
  if (name !== undefined) {
    return { script: CALL_FUNCTION, folder: baseDir, args: [baseDir, name, ...args] }
  }
  const path = resolve(baseDir, script ?? '')
  return { script: path, folder: dirname(path), args }
}
