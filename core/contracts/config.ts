import type { Settings } from '../settings/settings.ts'
import type { AnswerMode } from './answer-mode.ts'
import type { Answer } from './delivery.ts'
import type { KnownChanges, StepBudget, WebhookEvent } from './event.ts'
import type { ExecutorDefinition, ExecutorInstance, ProgramDescription } from './executor.ts'
import type { PolicyKey, ProgramPolicy } from './policy.ts'
import type { ReportForm, RunningReport } from './provider/report.ts'
import type { SourceDefinition, SourceInstance } from './source.ts'
import type { StoreDefinition } from './store.ts'
import type { Decision } from './task.ts'
import type { TunnelDefinition, TunnelInstance } from './tunnel.ts'

/** Where a part of the config was declared. */
export interface Origin {
  readonly layer: 'config' | 'drop-in' | 'managed'
  /** Absolute path of the file; null for `managed`. */
  readonly file: string | null
}

/** A valid config with its plugins created. It never changes: a change makes a new one. */
export interface RunningConfig {
  /** Changes when anything in the config does. */
  readonly version: string
  readonly settings: Settings
  readonly sources: ReadonlyMap<string, RunningSource>
  readonly programs: ReadonlyMap<string, RunningProgram>
  readonly rules: readonly RunningRule[]
  readonly store: RunningStore
  /** Null: none is configured. */
  readonly tunnel: RunningTunnel | null
  /** In the order in which they are read: the config file, its drop-in files, what is managed. */
  readonly layers: readonly Origin[]
  /** Parts of earlier layers whose names a later layer has taken. */
  readonly replaced: readonly ReplacedPart[]
  /** Every file whose change must be noticed. */
  readonly files: readonly string[]
  /** All secret values, for redaction. */
  readonly secrets: readonly string[]
  /** Warnings, which do not keep the config from running. */
  readonly warnings: readonly string[]
  readonly written: WrittenConfig
  /** All plugins of the folders and packages that the config names, used or not. */
  readonly plugins: readonly PluginDefinition[]
}

export type PluginDefinition =
  | SourceDefinition
  | ExecutorDefinition
  | StoreDefinition
  | TunnelDefinition

/** Sources, programs and rules as they were written: references are not replaced, but plain texts may be secrets. */
/** A part that is not in force, since a later layer has one of the same name. */
export interface ReplacedPart {
  readonly kind: 'source' | 'program' | 'rule'
  readonly name: string
  readonly origin: Origin
  /** Where the part in force is. */
  readonly by: Origin
}

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
  /** Default: the ID of its first `RunningRule`. */
  readonly name: string
  readonly origin: Origin
  readonly on: string
  /** CEL, or `[function]`; null: always. */
  readonly when: string | null
  readonly run: string | readonly string[]
  /** As `run`: a function in it is `[function]`. */
  readonly steps: readonly unknown[]
  readonly approval: unknown
  readonly answer: AnswerMode
  /** Default: nobody is told of its tasks. */
  readonly report?: ReportForm
}

export interface RunningSource {
  readonly name: string
  readonly origin: Origin
  readonly definition: SourceDefinition
  /** The output of the options schema. It holds secrets, so it is never shown. */
  readonly options: Readonly<Record<string, unknown>>
  /** Folder of relative paths in the options. */
  readonly baseDir: string
  readonly instance: SourceInstance
  readonly allow: readonly string[] | null
  readonly maxBodyBytes: number
  /** Path of its own at which senders deliver too; null: only `/api/webhooks/{name}`. */
  readonly path: string | null
  /** Methods of deliveries. */
  readonly methods: 'any' | readonly string[]
  /** Answers that it gives instead of Hookline's own. */
  readonly answers: SourceAnswers
  readonly rateLimit: { readonly perSecond: number; readonly burst: number } | null
  /** Lower-case names of headers whose values are masked before storing. */
  readonly secretHeaders: readonly string[]
  /** Names of query parameters whose values are masked before storing. */
  readonly secretParameters: readonly string[]
}

export interface SourceAnswers {
  /** To an accepted delivery that no rule matches. */
  readonly unmatched?: Answer | undefined
  /** To a sender that could not be verified. */
  readonly refused?: Answer | undefined
}

export interface RunningProgram {
  readonly name: string
  readonly origin: Origin
  readonly definition: ExecutorDefinition
  /** What it runs, with secrets; null if its executor does not say. */
  readonly description: ProgramDescription | null
  readonly instance: ExecutorInstance
  readonly settings: ProgramSettings
}

/** Where a program gets an argument or a variable from. */
export interface ProgramValue {
  /** A fact, a part of the request or a path in the payload. */
  readonly name: string
  /** Used if the event has no such value; null: there is none. */
  readonly default: string | null
  /** The value itself: then the event is not asked. */
  readonly value?: string | undefined
  /** The text is base64, and its bytes are meant. */
  readonly base64?: boolean | undefined
  /** The program gets the path of a file with the value. */
  readonly file?: boolean | undefined
}

export interface ProgramSettings {
  readonly params: readonly ProgramValue[]
  /** Values of environment variables. */
  readonly variables: Readonly<Record<string, ProgramValue>>
  /** Whether its options may name the request of an event, which then has to be read. */
  readonly readsRequest: boolean
  /** Whether its options name `approvalLink`. */
  readonly readsApprovalLink: boolean
  readonly allowLeadingDash: boolean
  readonly timeoutSeconds: number
  readonly outputLimitBytes: number
  readonly retry: {
    readonly attempts: number
    readonly lostAttempts: number
    readonly backoffSeconds: number
    readonly maxBackoffSeconds: number
    /** Null: every code but 0. */
    readonly exitCodes: readonly number[] | null
  }
  readonly policy: ProgramPolicy
  /** Null: the program is never paused by itself. */
  readonly breaker: { readonly after: number; readonly probeMs: number } | null
  /** For how long it may have no task; null: nothing is expected of it. */
  readonly expect: Expectation | null
  /** A node needs all of these labels to run the program. */
  readonly runsOn: readonly string[]
}

/** The store's definition and its checked options; the node opens it. */
export interface RunningStore {
  readonly origin: Origin
  readonly definition: StoreDefinition
  /** The output of the options schema. */
  readonly options: Readonly<Record<string, unknown>>
  /** Folder of relative paths in the options. */
  readonly baseDir: string
}

export interface RunningTunnel {
  readonly origin: Origin
  readonly definition: TunnelDefinition
  readonly instance: TunnelInstance
  /** Port of the tunnel's own listener; null: any free one. */
  readonly port: number | null
  /** Whether another process runs it, so that Hookline only listens. */
  readonly external: boolean
  /** Paths of sources, beside those below `/api/webhooks/`. */
  readonly paths: readonly string[]
}

/** How often something is to come. */
export interface Expectation {
  readonly withinMs: number
}

/** A rule for one program. A rule that runs several programs becomes several of these. */
export interface RunningRule {
  /** Unique. */
  readonly id: string
  /** Changes when `on` or the condition does; the same on every node. */
  readonly version: string
  readonly origin: Origin
  /** `source` or `source.type`, dotted. */
  readonly on: string
  readonly program: string
  readonly condition: Condition | null
  /** What the sender is answered. */
  readonly answer: AnswerMode
  /** For how long it may match nothing; null: nothing is expected of it. */
  readonly expect: Expectation | null
  /** Null: nobody is told. */
  readonly report: RunningReport | null
  /** Compiled key of its program's policy; null if it has none. */
  readonly policyKey: PolicyKey | null
  /** The policy of its program. */
  readonly policy: ProgramPolicy
  /** Who lets its tasks run; null: nobody is asked. */
  readonly approval: RuleApproval | null
  /** What runs after its program has succeeded, one after the other. */
  readonly steps: readonly RuleStep[]
}

/** Who lets the tasks of a rule or step run. */
export interface RuleApproval {
  /** Names of tokens and of roles; a higher role may too. */
  readonly by: readonly string[]
  readonly timeoutMs: number
  /** Whether a signed link lets its holder decide, too. */
  readonly link: boolean
}

/** A program that a rule runs after the one before it has succeeded. */
export interface RuleStep
  extends Pick<RunningRule, 'program' | 'condition' | 'policyKey' | 'policy' | 'approval'> {
  /** Instead of the params of the program; null: those. */
  readonly params: readonly ProgramValue[] | null
}

/** A compiled condition. */
export interface Condition {
  /** The CEL text, or `[function]`. */
  readonly text: string
  /**
   * Throws if it cannot be evaluated, takes too many steps (`condition_too_costly`), depends on changed files that are not
   * all known (`changes_unknown`), or gives no boolean. `changes`: the files. Default: those that the payload lists.
   */
  evaluate(event: WebhookEvent, budget?: StepBudget, changes?: KnownChanges): boolean
}

/** The result of matching an event with a rule. */
export interface Match {
  readonly rule: RunningRule
  readonly decision: Omit<Decision, 'taskId'>
}
