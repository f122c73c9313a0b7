import { resolve } from 'node:path'
import type { EndOutcome, ProgramRun } from '../../contracts/executor.ts'
import type { PluginContext } from '../../contracts/plugin.ts'
import type { Launch, ProcessRun, StartChild, WatchedChild } from './child.ts'
import { type ProcessSettings, programStdin } from './options.ts'
import { checkRoot } from './restrict/check-root.ts'
import { type RestrictedRun, Restrictions } from './restrict/restrictions.ts'
import { ProgramResult } from './result.ts'
import { RunFolders } from './run-folders.ts'
import { waitForOutcome } from './wait-for-outcome.ts'

/** What a run starts. */
export interface ProcessCommand {
  readonly program: string
  /** The arguments of the run follow. */
  readonly args: readonly string[]
  /** The variables of the run are added. */
  readonly env: Readonly<Record<string, string>>
}

/** A run that is ready to be started. */
export interface PreparedProcess {
  /** Without restrictions: `restrictions.wrap` puts them in front. */
  readonly launch: Launch
  /** For `StartChild`: also looks for a result in the output. */
  readonly run: ProcessRun
  readonly restricted: RestrictedRun
  readonly result: ProgramResult
}

/**
 * The runs of a program as processes, in three steps: `prepare` the run, start it in the executor's own way, and wait
 * for its `outcome`. Made once for each program of the config.
 */
export class ProcessRuns {
  /** Absolute. */
  readonly cwd: string
  readonly restrictions: Restrictions
  readonly #settings: ProcessSettings
  readonly #folders: RunFolders

  /** `start` tries the restrictions. Throws `root_refused`, or `option_invalid` if a limit would not hold. */
  constructor(settings: ProcessSettings, context: PluginContext, start?: StartChild) {
    checkRoot(settings, context)
    this.cwd = resolve(context.baseDir, settings.cwd ?? '.')
    this.restrictions = new Restrictions(settings, context, start)
    this.#settings = settings
    this.#folders = new RunFolders(settings, context.dataDir)
  }

  async prepare(run: ProgramRun, { program, args, env }: ProcessCommand): Promise<PreparedProcess> {
    const { stdin, killAfterSeconds, uid, gid } = this.#settings
    const folder = await this.#folders.make()
    const values = await folder.addFiles(run)
    const result = new ProgramResult(run, folder)
    const restricted = this.restrictions.watch(run)
    const launch = {
      program,
      args: [...args, ...values.args],
      cwd: this.cwd,
      env: { ...env, ...values.env, WEBHOOK_RESULT: folder.resultFile },
      stdin: stdin === 'none' ? null : () => programStdin(stdin, run) ?? '',
      killAfterSeconds,
      uid,
      gid,
      onStatus: restricted.onStatus,
    }
    return { launch, run: { signal: run.signal, write: result.write }, restricted, result }
  }

  /** Waits for the end of a run, or stops it; then adds which restriction ended it, and its result. */
  async outcome(prepared: PreparedProcess, starting: Promise<WatchedChild>): Promise<EndOutcome> {
    const { launch, run, restricted, result } = prepared
    const ended = await waitForOutcome(starting, launch, run)
    return result.addTo(restricted.explain(ended))
  }

  /** Called once, after the last run. */
  close(): Promise<void> {
    return this.#folders.close()
  }
}
