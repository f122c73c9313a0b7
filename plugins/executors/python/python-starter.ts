import { realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  type Confinement,
  HooklineError,
  type Launch,
  type PluginLogger,
  type ProcessRun,
  programEnv,
  restrictionPrefix,
  startChild,
  type WatchedChild,
} from '../../../core/index.ts'
import { findInterpreter, type Interpreter } from './interpreter.ts'
import { type PythonOptions, wantsWarm } from './options.ts'
import { acquireServer, type ServerShare } from './server-share.ts'

export interface StarterOptions {
  readonly settings: PythonOptions
  readonly baseDir: string
  readonly cwd: string
  readonly script: string
  readonly folder: string
  readonly confinement: Confinement
  readonly logger: PluginLogger
}

/** Starts one program again and again, by its mode. What that takes is found out at the first run. */
export class PythonStarter {
  readonly #options: StarterOptions
  #prepared: Promise<Prepared> | null = null

  constructor(options: StarterOptions) {
    this.#options = options
  }

  /** A `StartChild`; the variables of the launch are those of the run only. */
  async start(launch: Launch, run: ProcessRun): Promise<WatchedChild> {
    const { script, folder, settings, confinement } = this.#options
    checkScript(script)
    this.#prepared ??= this.#prepare()
    const { interpreter, env, share } = await this.#prepared
    if (share !== null) {
      await confinement.check(launch)
      return share.fork({ ...launch, script, restrictions: settings }, run)
    }
    const args = [script, ...launch.args]
    const whole = { ...launch, program: interpreter.path, args, env: { ...env, ...launch.env } }
    const needed = [dirname(script), dirname(realpathSync(script)), folder, ...interpreter.folders]
    return startChild(await confinement.wrap(whole, needed), run)
  }

  async close(): Promise<void> {
    const prepared = await this.#prepared?.catch(() => null)
    await prepared?.share?.release()
  }

  async #prepare(): Promise<Prepared> {
    const { settings, baseDir, cwd, folder, logger } = this.#options
    const env = programEnv(settings)
    try {
      const place = { interpreter: settings.interpreter, baseDir, cwd, env }
      const interpreter = await findInterpreter(place)
      const isWarm = wantsWarm(settings) && interpreter.canBeWarm
      if (wantsWarm(settings) && !isWarm) {
        logger.warn(
          { interpreter: interpreter.path },
          'this Python cannot run warm: each run starts one',
        )
      }
      const { preload, noNewPrivileges } = settings
      // What no process can be given once it runs, the one that it is forked from has.
      const prefix = isWarm ? restrictionPrefix({ noNewPrivileges }) : []
      const server = { prefix, interpreter: interpreter.path, env, cwd, folder: '', preload }
      // Where nothing is imported beforehand it does not matter from where: more programs can share one.
      const share = isWarm
        ? acquireServer(preload.length === 0 ? server : { ...server, folder }, logger)
        : null
      return { interpreter, env, share }
    } catch (error) {
      // It may be installed by the next run.
      this.#prepared = null
      throw error
    }
  }
}

interface Prepared {
  readonly interpreter: Interpreter
  readonly env: Readonly<Record<string, string>>
  /** Null: each run starts an interpreter. */
  readonly share: ServerShare | null
}

function checkScript(script: string): void {
  const found = statSync(script, { throwIfNoEntry: false })
  if (found?.isFile() === true) return
  const state = found === undefined ? 'is not there' : 'is not a file'
  throw new HooklineError('program_not_found', `The script "${script}" ${state}`, {
    remedy: 'Check `script`: it is a path from the folder of the config.',
  })
}
