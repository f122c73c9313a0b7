import { resolve } from 'node:path'
import type { EndOutcome } from '../../../contracts/executor.ts'
import type { PluginContext } from '../../../contracts/plugin.ts'
import { HooklineError } from '../../../errors/errors.ts'
import { type Launch, type ProcessRun, type StartChild, startChild } from '../child.ts'
import { outcomeOfFault } from '../outcome.ts'
import { waitForOutcome } from '../wait-for-outcome.ts'
import { findProgram, findTool } from './find-program.ts'
import type { RestrictSettings } from './restrict-options.ts'
import { limitValues, restrictionPrefix } from './restriction-prefix.ts'
import { hasRun, type SandboxOptions, sandboxPrefix } from './sandbox.ts'

const TRIAL_SECONDS = 10
const SIGNAL_BASE = 128
const MAX_STATUS_LENGTH = 4096

/** Which limit ended a program, by the exit code of its signal. */
const LIMITS_BY_EXIT_CODE: Readonly<Record<number, string>> = {
  152: 'it used up `limits.cpuSeconds` (SIGXCPU)',
  153: 'a file reached `limits.fileBytes` (SIGXFSZ)',
}

/** One run under restrictions. */
export interface RestrictedRun {
  /** For the launch: reads what the sandbox reports. */
  readonly onStatus: Launch['onStatus']
  /** The outcome, with the restriction that ended the program in its reason. */
  explain(outcome: EndOutcome): EndOutcome
}

/** The restrictions of one program: puts them in front of its command, and says when one of them ended it. */
export class Restrictions {
  readonly #settings: RestrictSettings
  readonly #start: StartChild
  readonly #sandbox: Omit<SandboxOptions, 'needed'> | null
  #trial: Promise<void> | null = null

  /** `start` tries the restrictions. Default: Node.js starts it. */
  constructor(
    settings: RestrictSettings,
    { baseDir, dataDir }: Pick<PluginContext, 'baseDir' | 'dataDir'>,
    start: StartChild = startChild,
  ) {
    const { sandbox } = settings
    const locate = (path: string) => resolve(baseDir, path)
    this.#settings = settings
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

  /** The limits by their names in the system, in lower case: `['nofile', '64']`. */
  get limits(): readonly (readonly [string, string])[] {
    return limitValues(this.#settings.limits)
  }

  /** In front of an interpreter that forks programs: what a process cannot set for itself, it inherits. */
  get inheritedPrefix(): readonly string[] {
    return restrictionPrefix({ noNewPrivileges: this.#settings.noNewPrivileges })
  }

  watch({ signal }: Pick<ProcessRun, 'signal'>): RestrictedRun {
    const isSandboxed = this.#sandbox !== null
    const { limits } = this.#settings
    let status = ''
    const onStatus = (chunk: Uint8Array) => {
      status = (status + Buffer.from(chunk).toString('latin1')).slice(-MAX_STATUS_LENGTH)
    }
    const explain = (outcome: EndOutcome): EndOutcome => {
      if (outcome.status === 'succeeded' || outcome.exitCode === undefined) return outcome
      if (isSandboxed && outcome.exitCode < SIGNAL_BASE && !hasRun(status)) {
        return signal.aborted ? outcome : SANDBOX_FAILED
      }
      const limit = limits && LIMITS_BY_EXIT_CODE[outcome.exitCode]
      return limit === undefined ? outcome : { ...outcome, reason: `${outcome.reason}: ${limit}` }
    }
    return { onStatus: isSandboxed ? onStatus : undefined, explain }
  }

  /**
   * The launch with its restrictions put in front. A sandbox shows it the paths of `needed` too. Throws where a
   * restriction cannot be set, or the program does not exist.
   */
  async wrap(launch: Launch, needed: readonly string[] = []): Promise<Launch> {
    const prefix = restrictionPrefix(this.#settings)
    if (prefix.length === 0 && this.#sandbox === null) return launch
    // Otherwise the tool in front would report it missing, in words and exit codes of its own.
    const program = findProgram(launch.program, launch.cwd, launch.env['PATH'])
    if (prefix.length > 0) await this.#try(launch, prefix)
    const found = { ...launch, program }
    const sandbox = this.#sandbox === null ? [] : sandboxPrefix(found, { ...this.#sandbox, needed })
    const [first = program, ...rest] = [...prefix, ...sandbox, program, ...launch.args]
    return { ...launch, program: first, args: rest }
  }

  /** For a start that sets the restrictions by other means. Throws where they cannot be set for this launch. */
  async check(launch: Launch): Promise<void> {
    if (this.#trial !== null) return this.#trial
    const prefix = restrictionPrefix(this.#settings)
    if (prefix.length > 0) await this.#try(launch, prefix)
  }

  /** Runs `true` under the restrictions, once, to see that they work. */
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
    const start = async () => this.#start(launch, run)
    const outcome = await waitForOutcome(start(), launch, run)
    if (outcome.status === 'succeeded') return
    // This says nothing about the restrictions: the next trial may succeed.
    if (outcome.retryable === true || run.signal.aborted) {
      throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' })
    }
    const [line = ''] = Buffer.concat(output).toString().trim().split('\n')
    throw new HooklineError(
      'restriction_unavailable',
      `a program that does nothing fails under these restrictions: ${line || outcome.reason}`,
    )
  }
}

const SANDBOX_FAILED = outcomeOfFault(
  new HooklineError(
    'sandbox_unavailable',
    'bubblewrap could not set it up, or could not start the program in it: see the end of the output',
  ),
  false,
)
