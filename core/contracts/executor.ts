import type { ZodObject, z } from 'zod'
import type { WebhookEvent } from './event.ts'
import type { PluginContext, PluginUse } from './plugin.ts'
import type { PolicyOptions } from './policy.ts'

/** Why a run is told to stop; the reason of its abort signal. */
export type StopReason = 'timeout' | 'cancelled' | 'lease_lost' | 'stopping'

/** All that one attempt of a task gives its executor. */
export interface ProgramRun {
  readonly taskId: string
  /** 1 for the first attempt. */
  readonly attempt: number
  readonly rule: string
  readonly program: string
  readonly event: WebhookEvent
  /** The values of the program's `params`, in order. */
  readonly args: readonly string[]
  /** `WEBHOOK_*` variables: facts, ids, type. Where it is traced, `TRACEPARENT` too. */
  readonly env: Readonly<Record<string, string>>
  /** The whole event as JSON, for standard input. */
  readonly stdin: string
  /**
   * Aborted with a `StopReason`. The executor then ends the program (and all it started) and resolves;
   * how it resolves after that does not matter.
   */
  readonly signal: AbortSignal
  /** Keeps output of the program, bounded and redacted. Never waits. */
  write(stream: LogStream, chunk: Uint8Array): void
}

export type LogStream = 'stdout' | 'stderr'

/** How one attempt ended. An answer, not a fault: throwing is for what the executor did not foresee, and retries. */
export type Outcome = SucceededOutcome | FailedOutcome

export interface SucceededOutcome {
  readonly status: 'succeeded'
  readonly exitCode?: number
  /** What the program gave back; must be JSON. */
  readonly result?: unknown
}

export interface FailedOutcome {
  readonly status: 'failed'
  /** For a person: what went wrong, without secrets. */
  readonly reason: string
  readonly exitCode?: number
  readonly result?: unknown
  /** Undefined leaves it to the program's retry settings; false is final. */
  readonly retryable?: boolean
  /** Wait at least this long before the next attempt. */
  readonly retryAfterSeconds?: number
}

/** A configured executor: one per program. */
export interface ExecutorInstance {
  run(run: ProgramRun): Promise<Outcome>
  /** Ends what it keeps between runs. Called once, after the last run. */
  close?(): Promise<void>
}

/** An executor plugin. */
export interface ExecutorDefinition<
  Name extends string = string,
  Options extends ZodObject = ZodObject,
> {
  readonly kind: 'executor'
  readonly name: Name
  readonly summary: string
  readonly options: Options
  create(options: z.output<Options>, context: PluginContext): ExecutorInstance
  /**
   * What a program of these options would run and touch, so that one that came through the API is held to what the
   * config's `managed` allows. Asked before `create`; starts nothing. Absent: programs of this executor cannot be managed.
   */
  reach?(
    options: z.output<Options>,
    context: Pick<PluginContext, 'baseDir' | 'dataDir'>,
  ): ProgramReach
}

/** What a program would run and touch. */
export interface ProgramReach {
  /**
   * Each file it starts or reads as code, as an absolute path, and what it runs that is no file with its kind in front:
   * `docker:python:3.13-slim`. Each must be allowed by `managed.allowedCommands`; links are followed first.
   */
  readonly runs: readonly string[]
  /** Environment variables that it passes on or sets, beside those that every program gets. */
  readonly variables: readonly string[]
  /** Folders that it works in: each must be in the folder of the config. */
  readonly folders: readonly string[]
  /** Whether it would have the rights of root. */
  readonly isRoot: boolean
  /** Options that no managed program may have as they are given. */
  readonly refused: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
}

/** A program as a config holds it. */
export type ProgramUse = PluginUse<ExecutorDefinition>

/** What every program can also be given in its options. */
export interface ProgramOptions {
  /** Facts or payload paths (`payload.head.sha`, or `head.sha`) whose values become argv, in order. */
  readonly params?: readonly (string | { readonly name: string; readonly default: string })[]
  /** Let a value that starts with `-` through to argv. Default false: it could be taken for an option. */
  readonly allowLeadingDash?: boolean
  /** Time limit of one attempt in seconds. Default 600. */
  readonly timeoutSeconds?: number
  /** Output kept of one attempt in bytes: the first half and the last. Default 1 MiB. */
  readonly outputLimitBytes?: number
  readonly retry?: RetryOptions
  readonly policy?: PolicyOptions
  /** Only nodes that have all these labels run it: `['gpu']`. Default: every node. */
  readonly runsOn?: readonly string[]
}

export interface RetryOptions {
  /** Runs in all, the first included. Default 3. */
  readonly attempts?: number
  /** Upper bound of the wait before the second attempt, in seconds; doubles each time. Default 5. */
  readonly backoffSeconds?: number
  /** Upper bound of any wait, in seconds. Default 600. */
  readonly maxBackoffSeconds?: number
  /** Exit codes that are tried again. Default: all but 0. */
  readonly exitCodes?: readonly number[]
}
