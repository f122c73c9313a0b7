import { resolve } from 'node:path'
import type { Outcome } from '../../contracts/executor.ts'
import type { PluginContext } from '../../contracts/plugin.ts'
import { HooklineError } from '../errors.ts'
import { type Launch, type ProcessRun, type StartChild, startChild } from '../process-child.ts'
import { runProcess } from '../run-process.ts'
import { findProgram, findTool } from './find-program.ts'
import type { Restrictions } from './restrict-options.ts'
import { restrictionPrefix } from './restriction-prefix.ts'
import { hasRun, type SandboxOptions, sandboxPrefix } from './sandbox.ts'

const TRIAL_SECONDS = 10
const SIGNAL_BASE = 128
const MAX_STATUS_LENGTH = 4096

/** Reasons that a limit gives, by the exit code of its signal. */
const LIMITS_BY_EXIT_CODE: Readonly<Record<number, string>> = {
  152: 'it used up `limits.cpuSeconds` (SIGXCPU)',
  153: 'a file reached `limits.fileBytes` (SIGXFSZ)',
}

export interface ConfinementOptions {
  readonly restrictions: Restrictions
  readonly context: Pick<PluginContext, 'baseDir' | 'dataDir'>
  /** Starts what tries the restrictions. Default: the system's own means. */
  readonly start?: StartChild
}

/** Runs programs under the restrictions of an executor. */
export class Confinement {
  readonly #restrictions: Restrictions
  readonly #start: StartChild
  readonly #sandbox: Omit<SandboxOptions, 'needed'> | null
  #trial: Promise<void> | null = null

  constructor({ restrictions, context, start = startChild }: ConfinementOptions) {
    const { baseDir, dataDir } = context
    const { sandbox } = restrictions
    const locate = (path: string) => resolve(baseDir, path)
    this.#restrictions = restrictions
    this.#start = start
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

  /** Like `runProcess`, and says of what came to an end by a restriction that it did. `start` calls `wrap` or `check`. */
  async run(launch: Launch, run: ProcessRun, start: StartChild): Promise<Outcome> {
    let status = ''
    const onStatus = (chunk: Uint8Array) => {
      status = (status + Buffer.from(chunk).toString('latin1')).slice(-MAX_STATUS_LENGTH)
    }
    const given = this.#sandbox === null ? launch : { ...launch, onStatus }
    const outcome = await runProcess(given, run, start)
    if (outcome.status === 'succeeded' || outcome.exitCode === undefined) return outcome
    if (this.#sandbox !== null && outcome.exitCode < SIGNAL_BASE && !hasRun(status)) {
      return run.signal.aborted ? outcome : SANDBOX_FAILED
    }
    const limit = this.#restrictions.limits && LIMITS_BY_EXIT_CODE[outcome.exitCode]
    return limit === undefined ? outcome : { ...outcome, reason: `${outcome.reason}: ${limit}` }
  }

  /**
   * The launch with all that restricts it put in front. A sandbox shows it the paths of `needed` too. Throws where a
   * restriction cannot be set, or the program is not there.
   */
  async wrap(launch: Launch, needed: readonly string[] = []): Promise<Launch> {
    const prefix = restrictionPrefix(this.#restrictions)
    if (prefix.length === 0 && this.#sandbox === null) return launch
    // Else what stands in front would say that it is not there, in words and exit codes of its own.
    const program = findProgram(launch.program, launch.cwd, launch.env['PATH'])
    if (prefix.length > 0) await this.#try(launch, prefix)
    const found = { ...launch, program }
    const sandbox = this.#sandbox === null ? [] : sandboxPrefix(found, { ...this.#sandbox, needed })
    const [first = program, ...rest] = [...prefix, ...sandbox, program, ...launch.args]
    return { ...launch, program: first, args: rest }
  }

  /** For who sets the restrictions by other means: throws where they cannot be set for this launch. */
  async check(launch: Launch): Promise<void> {
    if (this.#trial !== null) return this.#trial
    const prefix = restrictionPrefix(this.#restrictions)
    if (prefix.length > 0) await this.#try(launch, prefix)
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
    const outcome = await runProcess(launch, run, this.#start)
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
