import type { AnswerMode } from './answer-mode.ts'
import type { WebhookEvent } from './event.ts'
import type { ExecutorDefinition, ExecutorInstance } from './executor.ts'
import type { MetricsSettings } from './meter.ts'
import type { PolicyKey, ProgramPolicy } from './policy.ts'
import type { RetentionSettings } from './retention-settings.ts'
import type { SourceDefinition, SourceInstance } from './source.ts'
import type { StoreDefinition } from './store.ts'
import type { Decision } from './task.ts'
import type { TracingSettings } from './tracer.ts'

/** Where a part of the config was said. */
export interface Origin {
  readonly layer: 'config' | 'drop-in' | 'managed'
  /** Absolute path of the file; for `managed`, null. */
  readonly file: string | null
}

/** A config that passed every check, with its plugins created. Immutable: a change makes a new one. */
export interface RunningConfig {
  /** Changes when anything in the config does. */
  readonly version: string
  readonly settings: Settings
  readonly sources: ReadonlyMap<string, RunningSource>
  readonly programs: ReadonlyMap<string, RunningProgram>
  readonly rules: readonly RunningRule[]
  readonly store: RunningStore
  /** Every file whose change must be noticed. */
  readonly files: readonly string[]
  /** All secret values, for redaction. */
  readonly secrets: readonly string[]
  /** Things worth a warning that do not keep it from running. */
  readonly warnings: readonly string[]
  readonly written: WrittenConfig
  /** The plugins of the folders and packages that it names, used or not. */
  readonly plugins: readonly PluginDefinition[]
}

export type PluginDefinition = SourceDefinition | ExecutorDefinition | StoreDefinition

/** The sources, programs and rules as they were written: references are not replaced, but secrets may stand there as text. */
export interface WrittenConfig {
  readonly sources: ReadonlyMap<string, WrittenUse>
  readonly programs: ReadonlyMap<string, WrittenUse>
  readonly rules: readonly WrittenRule[]
}

export interface WrittenUse {
  readonly origin: Origin
  /** Name of the plugin. */
  readonly use: string
  readonly options: Readonly<Record<string, unknown>>
}

export interface WrittenRule {
  /** The id of its first `RunningRule` where it was given none. */
  readonly name: string
  readonly origin: Origin
  readonly on: string
  /** CEL, or `[function]`; null: always. */
  readonly when: string | null
  readonly run: string | readonly string[]
  readonly answer: AnswerMode
}

export interface Settings {
  readonly host: string
  readonly port: number
  /** Scheme and host under which senders reach this node, without a final slash. Default `http://localhost:{port}`. */
  readonly publicUrl: string
  /** Addresses or CIDR ranges of proxies and tunnels whose forwarding headers are believed. Default: none. */
  readonly trustedProxies: readonly string[]
  readonly limits: {
    readonly maxBodyBytes: number
    /** Time in which a whole request must have arrived. Default 30. */
    readonly requestSeconds: number
    readonly maxConcurrentRequests: number
  }
  readonly node: {
    /** Default: the host name and the process id. */
    readonly name: string
    /** What programs may ask for by `runsOn`. Default: none. */
    readonly labels: readonly string[]
    /** Tasks run at once. Default: 4 × processors. */
    readonly concurrency: number
    /** Default 30. */
    readonly leaseSeconds: number
    /** How long a stop waits for running programs. Default 30. */
    readonly stopSeconds: number
  }
  readonly dataDir: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly admin: AdminSettings
  readonly managed: ManagedSettings
  readonly metrics: MetricsSettings
  readonly retention: RetentionSettings
  readonly tracing: TracingSettings
  /** Whether bodies, headers, facts, payloads, reasons, results and output are sealed in the store. Default false. */
  readonly encryptPayloads: boolean
  /** RE2 patterns of what is redacted beside the secrets. Default: none. */
  readonly redact: readonly string[]
}

/** What may be managed through the API. */
export interface ManagedSettings {
  /** Default true. */
  readonly sources: boolean
  /** Default true. */
  readonly rules: boolean
  /** Default false: whoever may manage programs decides what this machine runs. */
  readonly programs: boolean
  /** Globs of absolute paths, and of what is no file with its kind in front: `docker:python:*`. Default: none. */
  readonly allowedCommands: readonly string[]
  /** Globs of environment variables that managed config may read, pass on or set. Default: none. */
  readonly env: readonly string[]
}

/** How the admin API may be reached. */
export interface AdminSettings {
  /** Also through tunnels and proxies. Default false. */
  readonly public: boolean
  /** Wrong tokens of one address within a minute before it is answered 429. Default 10. */
  readonly maxFailures: number
  /** How long a session of a browser lasts. Default 12. */
  readonly sessionHours: number
}

export interface RunningSource {
  readonly name: string
  readonly origin: Origin
  readonly definition: SourceDefinition
  /** As the options schema gave them, secrets too: never shown. */
  readonly options: Readonly<Record<string, unknown>>
  /** Folder where relative paths in the options start. */
  readonly baseDir: string
  readonly instance: SourceInstance
  readonly allow: readonly string[] | null
  readonly maxBodyBytes: number
  readonly rateLimit: { readonly perSecond: number; readonly burst: number } | null
  /** Lower-case names of headers whose values are masked before storing. */
  readonly secretHeaders: readonly string[]
}

export interface RunningProgram {
  readonly name: string
  readonly origin: Origin
  readonly definition: ExecutorDefinition
  readonly instance: ExecutorInstance
  readonly settings: ProgramSettings
}

export interface ProgramSettings {
  readonly params: readonly { readonly name: string; readonly default: string | null }[]
  readonly allowLeadingDash: boolean
  readonly timeoutSeconds: number
  readonly outputLimitBytes: number
  readonly retry: {
    readonly attempts: number
    readonly backoffSeconds: number
    readonly maxBackoffSeconds: number
    /** Null: every code but 0. */
    readonly exitCodes: readonly number[] | null
  }
  readonly policy: ProgramPolicy
  /** Labels that a node must have to run it, all of them. */
  readonly runsOn: readonly string[]
}

/** The store's definition and its checked options; the node opens it. */
export interface RunningStore {
  readonly origin: Origin
  readonly definition: StoreDefinition
  /** As the options schema gave them. */
  readonly options: Readonly<Record<string, unknown>>
  /** Folder where relative paths in the options start. */
  readonly baseDir: string
}

/** One rule and one program: a rule that runs several programs is several of these. */
export interface RunningRule {
  /** Unique. */
  readonly id: string
  readonly origin: Origin
  /** `source` or `source.type`, dotted. */
  readonly on: string
  readonly program: string
  readonly condition: Condition | null
  /** What the sender is answered. */
  readonly answer: AnswerMode
  /** The key of its program's policy; null: none. */
  readonly policyKey: PolicyKey | null
  /** The policy of its program. */
  readonly policy: ProgramPolicy
}

/** A compiled condition. */
export interface Condition {
  /** The CEL text, or `[function]`. */
  readonly text: string
  /** Throws where it cannot be evaluated, or is no boolean. */
  evaluate(event: WebhookEvent): boolean
}

/** What matching an event came to. */
export interface Match {
  readonly rule: RunningRule
  readonly decision: Omit<Decision, 'taskId'>
}
