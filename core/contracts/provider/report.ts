/** Who is told how the tasks of a rule go: a source, or more about it. */
export type ReportForm =
  | string
  | {
      /** Name of a source that can call the API of its provider. */
      readonly to: string
      /** Tells the report from others about the same commit. Default: `hookline/` and the name of the rule or program. */
      readonly name?: string | undefined
      /** Whether the last lines of the output are shown, where the provider has room for them. Default: true. */
      readonly output?: boolean | undefined
    }

/** Who is told how the tasks of a rule go. */
export interface RunningReport {
  /** Name of a source. */
  readonly to: string
  readonly name: string
  /** Whether the last lines of the output are shown. */
  readonly output: boolean
}

/** How a task goes, as its provider is told. `skipped`: its condition turned out to be false once it could be judged. */
export type ReportedState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'skipped'

/** What a provider is told about a task. */
export interface TaskReport {
  readonly taskId: string
  readonly state: ReportedState
  /** Tells it from other reports about the same commit: `hookline/deploy`. */
  readonly name: string
  /** One line without secrets. */
  readonly description: string
  /** The task in the dashboard; null: nothing that others can reach is known. */
  readonly url: string | null
  /** Name of the repository in the words of the provider. Empty, like `commit`, where the reporter needs none. */
  readonly repository: string
  /** SHA. */
  readonly commit: string
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  /** The last lines of its output, without secrets; empty: there are none, or they are not to be shown. */
  readonly output: string
}

/** A report that was made before. */
export interface EarlierReport {
  /** What finds it at the provider, as `send` gave it; null: nothing does, or none is known. */
  readonly ref: string | null
  /** Whether there may be one although no `ref` is known: an answer was lost. */
  readonly mayExist: boolean
}

/** Tells a provider how tasks go. */
export interface TaskReporter {
  /** Whether it reports on commits, so that events need the facts `repository` and `commit`. */
  readonly needsCommit: boolean
  /**
   * Makes a report, or brings one up to date. Returns what finds it the next time; null where its name does. Throws
   * `HooklineError`s with a code `provider_…`.
   */
  send(report: TaskReport, earlier: EarlierReport, signal: AbortSignal): Promise<string | null>
  /** Types of events by which a person asks for runs again. Default: none. */
  readonly rerunTypes?: readonly string[]
  /** What such an event asks for; null: nothing that concerns reports of this service. */
  readRerun?(payload: unknown): RerunRequest | null
}

/** A person asks the provider for a run again. */
export interface RerunRequest {
  readonly repository: string
  readonly commit: string
  /** One task; null: all that were reported about the commit. */
  readonly taskId: string | null
}
