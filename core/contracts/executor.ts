import type { ZodObject, z } from 'zod'
import type { WebhookEvent } from './event.ts'
import type { PluginContext, PluginUse } from './plugin.ts'
import type { PolicyOptions } from './policy.ts'

/** Why a run is stopped; the reason of its abort signal. */
export type StopReason = 'timeout' | 'cancelled' | 'lease_lost' | 'stopping'

/** What an executor gets for one attempt of a task. */
export interface ProgramRun {
  readonly taskId: string
  /** 1 for the first run. Runs that were lost with their node count too. */
  readonly attempt: number
  /**
   * The same for every run of an attempt: also after its node was lost, or after it was handed back. Another one after an
   * attempt that ended. For engines and receivers that do nothing twice for one key.
   */
  readonly idempotencyKey: string
  /**
   * The program's time limit, counted from the start of the run. Hookline aborts `signal` then. For engines that should
   * not begin a run that comes too late.
   */
  readonly timeoutSeconds: number
  readonly rule: string
  readonly program: string
  readonly event: WebhookEvent
  /** The values of the program's `params`, in order. */
  readonly args: readonly string[]
  /** `WEBHOOK_*` variables: facts, ids, type. With tracing, `TRACEPARENT` too. And those of the program's `variables`. */
  readonly env: Readonly<Record<string, string>>
  /** Files whose paths the program gets. Only for an executor that says `takesFiles`. */
  readonly files?: readonly RunFile[]
  /** The whole event as JSON, for standard input. It is made when it is read, so read it once, and keep it no longer than needed. */
  readonly stdin: string
  /**
   * Aborted with a `StopReason`. The executor then ends the program, with all that it started, and resolves; the outcome
   * does not matter then, unless it is `handed-over`.
   */
  readonly signal: AbortSignal
  /** Keeps output of the program, up to a limit and redacted. Returns at once. */
  write(stream: LogStream, chunk: Uint8Array): void
}

/** A file that a program gets for its run, and no longer. */
export interface RunFile {
  /** What holds its path: the position of an argument, or the name of a variable. */
  readonly of: number | string
  readonly content: Uint8Array
}

export type LogStream = 'stdout' | 'stderr'

/** What a run came to. Throw only for unexpected errors: the attempt is then retried. */
export type Outcome = EndOutcome | HandedOverOutcome

/** How an attempt ended. */
export type EndOutcome = SucceededOutcome | FailedOutcome

export interface SucceededOutcome {
  readonly status: 'succeeded'
  readonly exitCode?: number
  /** What the program returned; must be JSON. */
  readonly result?: unknown
}

export interface FailedOutcome {
  readonly status: 'failed'
  /** What went wrong, for people to read. Without secrets. */
  readonly reason: string
  readonly exitCode?: number
  readonly result?: unknown
  /** False: never retried. Undefined: the program's retry settings decide. */
  readonly retryable?: boolean
  /** Wait at least this long before the next attempt. */
  readonly retryAfterSeconds?: number
  /**
   * True: the machine had no room to start the program (descriptors, processes, memory, disk). The task waits for 5 to 60
   * seconds and is tried again; the attempt does not count.
   */
  readonly notStarted?: boolean
}

/**
 * The run goes on at an engine outside of Hookline. Its task stays `running`, holds no slot of a node and outlives the
 * node. Also the right outcome if the engine may have taken the run when `signal` was aborted: Hookline then cancels it
 * there.
 */
export interface HandedOverOutcome {
  readonly status: 'handed-over'
  /** What finds the run at the engine again; 1 to 1000 characters. It is shown to people, so it holds no secrets. */
  readonly ref: string
  /** How often `follow` asks about the run. Default 5; 1 to 3600. */
  readonly pollSeconds?: number
  readonly exitCode?: undefined
  readonly result?: undefined
}

/** A run at an outside engine. */
export interface HandedOverRun {
  readonly taskId: string
  readonly ref: string
  /** Milliseconds since the epoch. */
  readonly handedOverAt: number
  /** Keeps output of the program, as that of a `ProgramRun`. */
  write(stream: LogStream, chunk: Uint8Array): void
}

/** A configured executor: one per program. */
export interface ExecutorInstance {
  run(run: ProgramRun): Promise<Outcome>
  /**
   * Looks how runs fare that this node, or another one, handed over: all that are due, in one call. Returns one outcome for each, in their order: null
   * if it has not ended. A run that the engine does not know any more has failed. Throws if nothing can be known just
   * now; it is asked again. Required if `run` hands over.
   */
  follow?(
    runs: readonly HandedOverRun[],
    signal: AbortSignal,
  ): Promise<readonly (EndOutcome | null)[]>
  /**
   * Asks the engine to end runs whose tasks were cancelled or are over their time limit. Called again and again until
   * `follow` says that they have ended. Required if `run` hands over.
   */
  cancel?(runs: readonly HandedOverRun[], signal: AbortSignal): Promise<void>
  /**
   * Calls `changed` when the engine tells that runs may have ended, so that they are looked at before their next poll.
   * Called when this node begins to follow the program's runs. Returns a function that ends it.
   */
  watch?(changed: (refs: readonly string[]) => void): () => void
  /** Releases what it keeps between runs. Called once, after the last run. */
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
  /** Whether it writes the `files` of a run. Otherwise a program with a value that is a file is a fault of the config. */
  readonly takesFiles?: boolean
  create(options: z.output<Options>, context: PluginContext): ExecutorInstance
  /**
   * Why a program with these options would not run as things are: a file that is missing, for example. Each is a sentence
   * that `hookline check` and the start of a node show as a warning. Looks only; starts nothing.
   */
  check?(options: z.output<Options>, context: Pick<PluginContext, 'baseDir'>): readonly string[]
  /**
   * What a program with these options runs, for people who look at its tasks. Secrets in it are redacted before they are
   * shown. Starts nothing. If absent, only the arguments of a run are shown.
   */
  describe?(options: z.output<Options>, context: Pick<PluginContext, 'baseDir'>): ProgramDescription
  /**
   * What a program with these options would run and touch, so that a program from the API may only do what the config's
   * `managed` allows. Called before `create`; starts nothing. If absent, programs of this executor cannot be managed.
   */
  permissions?(
    options: z.output<Options>,
    context: Pick<PluginContext, 'baseDir' | 'dataDir'>,
  ): RequiredPermissions
}

/** What a program runs, as it is configured. */
export interface ProgramDescription {
  /** The command that the values of `params` follow, or what is called instead: `['POST', 'https://…']`. */
  readonly command: readonly string[]
  /** Names of the environment variables that it gets besides those of the event. */
  readonly variables: readonly string[]
}

/** What a program would run and touch. */
export interface RequiredPermissions {
  /**
   * Absolute path of each file that it starts or reads as code. Anything else that it runs, with its kind in front:
   * `docker:python:3.13-slim`. Each must be allowed by `managed.allowedCommands`; links are followed first.
   */
  readonly runs: readonly string[]
  /** Environment variables that it passes on or sets, in addition to those that every program gets. */
  readonly variables: readonly string[]
  /** Folders that it works in. Each must be inside the folder of the config. */
  readonly folders: readonly string[]
  /** Whether it would have the rights of root. */
  readonly isRoot: boolean
  /** Options that no managed program may have with these values. */
  readonly refused: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
}

/** A program in a config. */
export type ProgramUse = PluginUse<ExecutorDefinition>

/** Options that every program has besides those of its executor. */
export interface ProgramOptions {
  /**
   * Values that become arguments, in this order: facts, parts of the request (`request.query.ref`), payload paths
   * (`payload.head.sha`, or `head.sha`).
   */
  readonly params?: readonly ValueOption[]
  /** Values of environment variables, named as in `params`. A variable without a value is not set. */
  readonly variables?: Readonly<Record<string, ValueOption>>
  /** Whether an argument may start with `-`. Default false: the program could take it for an option. */
  readonly allowLeadingDash?: boolean
  /** Time limit of one attempt in seconds. Default 600. */
  readonly timeoutSeconds?: number
  /** Bytes of output kept of one attempt: the first half and the last half. Default 1 MiB. */
  readonly outputLimitBytes?: number
  readonly retry?: RetryOptions
  readonly policy?: PolicyOptions
  readonly breaker?: BreakerOptions | null
  /** Only nodes that have all these labels run it: `['gpu']`. Default: every node. */
  readonly runsOn?: readonly string[]
}

/** A name, or a name with what is done with its value, or a fixed text. */
export type ValueOption =
  | string
  | {
      readonly name: string
      /** Used if the event has no such value. */
      readonly default?: string
      /** The text is base64: the program gets the bytes. */
      readonly base64?: boolean
      /** The program gets the path of a file with the value. Only for programs that run as processes of this machine. */
      readonly file?: boolean
    }
  | { readonly value: string }

/** Pauses a program when its tasks die one after the other, and tries it with one task now and then. */
export interface BreakerOptions {
  /** Number of tasks dead in a row after which the program is paused. Default 5. */
  readonly after?: number
  /** How often one task is tried while the program is paused: `'30s'`, `'1m'`, `'2h'`. Default `'1m'`. */
  readonly probe?: string
}

export interface RetryOptions {
  /** Number of attempts, including the first. Default 3. */
  readonly attempts?: number
  /**
   * After so many attempts lost with their node, which `attempts` does not count, the task is dead. 1: the program is not
   * run again after its node died. Default 10.
   */
  readonly lostAttempts?: number
  /** Longest wait before the second attempt, in seconds; doubles each time. Default 5. */
  readonly backoffSeconds?: number
  /** Longest wait before any attempt, in seconds. Default 600. */
  readonly maxBackoffSeconds?: number
  /** Exit codes that are retried. Default: all but 0. */
  readonly exitCodes?: readonly number[]
}
