import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  defineExecutor,
  type ExecutorInstance,
  fileFaults,
  interpreterPath,
  outcomeOfStop,
  type PluginContext,
  ProcessRuns,
  programEnv,
  programFaults,
} from '../../../core/sdk/executor.ts'
import { options, type PythonOptions } from './options.ts'
import { permissionsOf } from './permissions.ts'
import { PythonStarter } from './python-starter.ts'

const CALL_FUNCTION = fileURLToPath(new URL('./call_function.py', import.meta.url))

/**
 * Runs a Python script, or calls a Python function, in a process of its own.
 *
 * - `warm` forks each run from an interpreter that has started and imported `preload` already; `spawn` starts an
 *   interpreter for each. What a program usually looks at is the same in both. `warm` cannot hide the process's parent,
 *   its command line and first environment in /proc, modules that are loaded before they are imported, and one more
 *   frame below the script's.
 * - `workers` are processes that stay: each is forked as with `warm`, and then carries out one run after another. A run finds
 *   its arguments, variables, working directory, streams, signals, `sys.path` and hooks of `sys` as they were, and a new
 *   `__main__`. What imported modules keep, and what was changed in them, stays for the next run of the same program. A
 *   worker ends with a run that leaves a thread or a process behind, or has registered a function for its end.
 * - A module of `preload` is imported once for many runs: it should not open files or connections, or start threads,
 *   when it is imported.
 * - What it prints is passed on at once, and is kept where it is stopped, since `PYTHONUNBUFFERED` is set. An empty value in
 *   `env` turns that off, for a program that prints very much.
 * - Exit codes, stops, processes left behind and results are as with `subprocess`. A function's result is what it returns.
 */
export const python = defineExecutor({
  name: 'python',
  summary: 'Runs a Python script or function, many times faster than a cold start.',
  options,
  takesFiles: true,
  check: (settings, { baseDir }) => {
    const { interpreter, script, cwd } = settings
    const command = [interpreterPath(interpreter, baseDir)]
    const path = programEnv(settings)['PATH']
    return [
      ...programFaults({ command, option: 'interpreter', baseDir, cwd, path }),
      ...(script === undefined ? [] : fileFaults(script, 'script', baseDir)),
    ]
  },
  describe: (settings) => {
    const { interpreter, script, function: name, args } = settings
    const called = [script ?? name ?? '', ...args]
    return { command: [interpreter, ...called], variables: Object.keys(programEnv(settings)) }
  },
  permissions: (settings, { baseDir }) => permissionsOf(settings, baseDir),
  create: createPython,
})

function createPython(settings: PythonOptions, context: PluginContext): ExecutorInstance {
  const { script, folder, args } = programOf(settings, context.baseDir)
  const runs = new ProcessRuns(settings, context)
  const starter = new PythonStarter({ settings, context, runs, script, folder })
  return {
    run: async (run) => {
      if (run.signal.aborted) return outcomeOfStop(run.signal)
      // The starter knows the rest of the environment.
      const prepared = await runs.prepare(run, { program: settings.interpreter, args, env: {} })
      const child = starter.start(prepared.launch, prepared.run)
      const outcome = await runs.outcome(prepared, child)
      await starter.release(child, !run.signal.aborted)
      return outcome
    },
    close: async () => {
      await starter.close()
      await runs.close()
    },
  }
}

interface PythonProgram {
  readonly script: string
  /** Where its modules are found first. */
  readonly folder: string
  readonly args: readonly string[]
}

function programOf(
  { script, function: name, args }: PythonOptions,
  baseDir: string,
): PythonProgram {
  if (name !== undefined) {
    return { script: CALL_FUNCTION, folder: baseDir, args: [baseDir, name, ...args] }
  }
  const path = resolve(baseDir, script ?? '')
  return { script: path, folder: dirname(path), args }
}
