import type { AdminToken } from '../api/access/tokens/admin-token.ts'
import type { GeneratedSecret, LoadOptions } from '../config/load/load.ts'
import type { ManagedParts } from '../config/managed/kinds.ts'
import type { RunningConfig } from '../contracts/config.ts'
import type { HooklineError } from '../errors/errors.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { Closers } from './closers.ts'
import type { Logger } from './logger.ts'
import type { TunnelFollower } from './node-tunnel.ts'

export interface NodeOptions {
  readonly configFile?: string | undefined
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly overrides: LoadOptions['overrides']
  /** `receive` runs no programs; `work` takes no deliveries. */
  readonly role: 'all' | 'receive' | 'work'
  /** Tries the config, as `test` of `LoadOptions.mode` says, and asks no provider for anything. Default: false. */
  readonly isTest?: boolean
  /** Managed parts of another node of this process, which this one takes. Code that is loaded is used again. */
  readonly managed?: ManagedParts
  /** Log lines for people instead of JSON. */
  readonly pretty: boolean
  /** Overrides the level in the config. */
  readonly logLevel?: RunningConfig['settings']['logLevel']
}

/** One running node. */
export interface RunningNode {
  /** Where it listens, as reached from this machine. */
  readonly url: string
  readonly port: number
  readonly config: RunningConfig
  readonly adminToken: AdminToken
  /** Secrets generated at this start, to be shown once. */
  readonly generatedSecrets: readonly GeneratedSecret[]
  /** Path of a link that signs in once, within 15 minutes, as the admin; null if there is no dashboard. */
  signInPath(): string | null
  /** Calls a follower after each change of the tunnel of this node. */
  onTunnel(follower: TunnelFollower): void
  /** Resolves with the reason when the node cannot go on: its store has failed for good, or `fail` was called. Then stop it. */
  readonly failed: Promise<HooklineError>
  /** Reports an error that nothing caught: it is logged, and `failed` resolves. */
  fail(fault: unknown): void
  /**
   * Stops in reverse order of the start. Running programs get `node.stopSeconds` of the config.
   *
   * @param reason a line for the log, where nobody asked for the stop.
   */
  stop(reason?: string): Promise<void>
}

/** What the steps of a start share. */
export interface NodeContext {
  readonly options: NodeOptions
  readonly logger: Logger
  readonly redactor: Redactor
  readonly closers: Closers
  /** See `RunningNode`. */
  readonly failed: Promise<HooklineError>
  /** Resolves `failed`. */
  readonly fail: (reason: HooklineError) => void
}
