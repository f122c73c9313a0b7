import { realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  type HelperUse,
  HooklineError,
  type Launch,
  type PluginContext,
  type ProcessRun,
  type ProcessRuns,
  ProgramStarter,
  programEnv,
  type WatchedChild,
} from '../../../core/sdk/executor.ts'
import type { ForkRequest } from './fork-request.ts'
import { type ForkServer, forkProgram, useForkServer } from './fork-server.ts'
import { ForkedChild } from './forked-child.ts'
import { findInterpreter, type Interpreter } from './interpreter.ts'
import { options, type PythonOptions, wantsWarm } from './options.ts'

export interface StarterOptions {
  readonly settings: PythonOptions
  readonly context: PluginContext
  readonly runs: ProcessRuns
  readonly script: string
  readonly folder: string
}

/** Starts one program again and again, warm or not. How is decided at the first run. */
export class PythonStarter {
  readonly #options: StarterOptions
  readonly #cold: ProgramStarter
  #way: Promise<Way> | null = null
  #isClosed = false

  constructor(options: StarterOptions) {
    this.#options = options
    this.#cold = new ProgramStarter('auto', options.context)
  }

  /** A `StartChild`; the variables of the launch are those of the run only. */
  async start(launch: Launch, run: ProcessRun): Promise<WatchedChild> {
    const { script, folder, runs } = this.#options
    checkScript(script)
    this.#way ??= this.#findWay()
    const { interpreter, env, server } = await this.#way
    if (server !== null) {
      if (this.#isClosed) {
        throw new HooklineError('interpreter_unavailable', 'The program was closed before this run')
      }
      await runs.restrictions.check(launch)
      return forkProgram(
        server,
        { ...launch, stdin: launch.stdin?.() ?? null, script, ...this.#ownRestrictions },
        run,
      )
    }
    const args = [script, ...launch.args]
    const whole = { ...launch, program: interpreter.path, args, env: { ...env, ...launch.env } }
    const needed = [dirname(script), dirname(realpathSync(script)), folder, ...interpreter.folders]
    return this.#cold.start(await runs.restrictions.wrap(whole, needed), run)
  }

  /** Called after each run with what `start` gave. `isFit`: it was not stopped. */
  async release(starting: Promise<WatchedChild>, isFit: boolean): Promise<void> {
    const child = await starting.catch(() => null)
    if (child instanceof ForkedChild) child.release(isFit)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const way = await this.#way?.catch(() => null)
    await way?.server?.release()
    await this.#cold.close()
  }

  /** What a forked program sets for itself. */
  get #ownRestrictions(): Pick<ForkRequest, 'limits' | 'umask' | 'nice'> {
    const { settings, runs } = this.#options
    return { limits: runs.restrictions.limits, umask: settings.umask, nice: settings.nice }
  }

  async #findWay(): Promise<Way> {
    const { settings, context, runs, folder, script } = this.#options
    // Otherwise Python keeps its output back until there is much of it, and loses it where the program is stopped.
    const env = { PYTHONUNBUFFERED: '1', ...programEnv(settings) }
    const { cwd } = runs
    const { preload, uid, gid, args, workers = options.shape.workers.unwrap().parse({}) } = settings
    const hasWorkers = settings.mode === 'workers'
    try {
      const interpreter = await findInterpreter({
        interpreter: settings.interpreter,
        baseDir: context.baseDir,
        cwd,
        env,
        uid,
        gid,
      })
      if (!wantsWarm(settings)) return { interpreter, env, server: null }
      if (!interpreter.canBeWarm) {
        const message = 'this Python cannot run warm: each run starts an interpreter'
        context.logger.warn({ interpreter: interpreter.path }, message)
        return { interpreter, env, server: null }
      }
      const server = useForkServer(
        {
          prefix: runs.restrictions.inheritedPrefix,
          interpreter: interpreter.path,
          env,
          cwd,
          // With nothing to import, the folder makes no difference: more programs can share a server.
          folder: preload.length === 0 ? '' : folder,
          preload,
          uid,
          gid,
          restrictions: this.#ownRestrictions,
          workers: hasWorkers ? workers : null,
          program: hasWorkers ? [script, settings.function, args, settings.stdin] : null,
        },
        context.logger,
      )
      return { interpreter, env, server }
    } catch (error) {
      // It may be installed by the next run.
      this.#way = null
      throw error
    }
  }
}

interface Way {
  readonly interpreter: Interpreter
  readonly env: Readonly<Record<string, string>>
  /** Null: each run starts an interpreter. */
  readonly server: HelperUse<ForkServer> | null
}

function checkScript(script: string): void {
  const found = statSync(script, { throwIfNoEntry: false })
  if (found?.isFile() === true) return
  const state = found === undefined ? 'is not there' : 'is not a file'
  throw new HooklineError('program_not_found', `The script "${script}" ${state}`, {
    remedy: 'Check `script`: it is a path from the folder of the config.',
  })
}
