import { resolve } from 'node:path'
import {
  HooklineError,
  type Launch,
  type Outcome,
  type PluginContext,
  type ProcessRun,
  runProcess,
  startChild,
  type WatchedChild,
} from '../../../core/index.ts'
import { findProgram, findTool } from './find-program.ts'
import type { LauncherUse } from './launcher-share.ts'
import { restrictionPrefix } from './restrict.ts'
import type { Restrictions } from './restrict-options.ts'
import { hasRun, type SandboxOptions, sandboxPrefix } from './sandbox.ts'

const TRIAL_SECONDS = 10
const SIGNAL_BASE = 128
const MAX_STATUS_LENGTH = 4096

/** Reasons that a limit gives, by the exit code of its signal. */
const LIMITS_BY_EXIT_CODE: Readonly<Record<number, string>> = {
  152: 'it used up `limits.cpuSeconds` (SIGXCPU)',
  153: 'a file reached `limits.fileBytes` (SIGXFSZ)',
}

export interface ProgramRunnerOptions {
  readonly restrictions: Restrictions
  /** Null: programs are started by this process itself. */
  readonly launcher: LauncherUse | null
  readonly context: PluginContext
}

/** Runs programs under the restrictions of an executor. */
export class ProgramRunner {
  readonly #restrictions: Restrictions
  readonly #launcher: LauncherUse | null
  readonly #sandbox: SandboxOptions | null
  readonly #context: PluginContext
  #trial: Promise<void> | null = null
  #isToldSlow = false

  constructor({ restrictions, launcher, context }: ProgramRunnerOptions) {
    const { baseDir, dataDir } = context
    const { sandbox } = restrictions
    const locate = (path: string) => resolve(baseDir, path)
    this.#restrictions = restrictions
    this.#launcher = launcher
    this.#context = context
    this.#sandbox =
      sandbox === undefined
        ? null
        : {
            ...sandbox,
            dataDir,
            writable: sandbox.writable.map(locate),
            hidden: sandbox.hidden.map(locate),
          }
  }

  async run(launch: Launch, run: ProcessRun): Promise<Outcome> {
    let status = ''
    const onStatus = (chunk: Uint8Array) => {
      status = (status + Buffer.from(chunk).toString('latin1')).slice(-MAX_STATUS_LENGTH)
    }
    const outcome = await runProcess(launch, run, async () => {
      const confined = await this.#confine(launch)
      return this.#start(this.#sandbox === null ? confined : { ...confined, onStatus }, run)
    })
    if (outcome.status === 'succeeded' || outcome.exitCode === undefined) return outcome
    if (this.#sandbox !== null && outcome.exitCode < SIGNAL_BASE && !hasRun(status)) {
      return run.signal.aborted ? outcome : SANDBOX_FAILED
    }
    const limit = this.#restrictions.limits && LIMITS_BY_EXIT_CODE[outcome.exitCode]
    return limit === undefined ? outcome : { ...outcome, reason: `${outcome.reason}: ${limit}` }
  }

  async close(): Promise<void> {
    await this.#launcher?.release()
  }

  /** The launch with all that restricts it put in front. */
  async #confine(launch: Launch): Promise<Launch> {
    const prefix = restrictionPrefix(this.#restrictions)
    if (prefix.length === 0 && this.#sandbox === null) return launch
    // Else what stands in front would say that it is not there, in words and exit codes of its own.
    const program = findProgram(launch.program, launch.cwd, launch.env['PATH'])
    if (prefix.length > 0) await this.#try(launch, prefix)
    const found = { ...launch, program }
    const sandbox = this.#sandbox === null ? [] : sandboxPrefix(found, this.#sandbox)
    const [first = program, ...rest] = [...prefix, ...sandbox, program, ...launch.args]
    return { ...launch, program: first, args: rest }
  }

  /** Sees once that what restricts a program works, with one that does nothing. */
  #try(launch: Launch, prefix: readonly string[]): Promise<void> {
    this.#trial ??= this.#runTrial(launch, prefix).catch((error: unknown) => {
      this.#trial = null
      throw error
    })
    return this.#trial
  }

  async #runTrial({ uid, gid }: Launch, prefix: readonly string[]): Promise<void> {
    const [program = '', ...args] = [...prefix, findTool('true') ?? '/bin/true']
    const launch = { program, args, cwd: '/', env: {}, stdin: null, killAfterSeconds: 0, uid, gid }
    const output: Uint8Array[] = []
    const run: ProcessRun = {
      signal: AbortSignal.timeout(TRIAL_SECONDS * 1000),
      write: (_, chunk) => output.push(Uint8Array.from(chunk)),
    }
    const outcome = await runProcess(launch, run, () => this.#start(launch, run))
    if (outcome.status === 'succeeded') return
    // Says nothing of the restrictions: it may go well the next time.
    if (outcome.retryable === true || run.signal.aborted) {
      throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' })
    }
    const [said = ''] = Buffer.concat(output).toString().trim().split('\n')
    throw new HooklineError(
      'restriction_unavailable',
      `a program that does nothing fails under these restrictions: ${said || outcome.reason}`,
    )
  }

  async #start(launch: Launch, run: ProcessRun): Promise<WatchedChild> {
    const launcher = (await this.#launcher?.get()) ?? null
    if (launcher !== null) return launcher.start(launch, run)
    if (this.#launcher !== null) this.#tellSlow()
    return startChild(launch, run)
  }

  #tellSlow(): void {
    if (this.#isToldSlow || process.platform !== 'linux') return
    this.#isToldSlow = true
    const { logger, name } = this.#context
    const message =
      'without python3 (3.8 or newer) programs are started more slowly, by Hookline itself'
    logger.info({ program: name }, message)
  }
}

const UNSANDBOXED = new HooklineError(
  'sandbox_unavailable',
  'bubblewrap could not set it up, or not start the program in it: its message ends the output',
)

const SANDBOX_FAILED: Outcome = {
  status: 'failed',
  reason: `${UNSANDBOXED.code}: ${UNSANDBOXED.message}. ${UNSANDBOXED.remedy}`,
  retryable: false,
}
