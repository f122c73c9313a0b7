import type { Logger } from 'pino'
import type { AdminToken } from '../api/admin-token.ts'
import type { LiveConfig } from '../config/live.ts'
import type { LoadOptions } from '../config/load.ts'
import type { RunningConfig } from '../contracts/config.ts'
import type { Closers } from '../kit/closers.ts'
import type { HooklineError } from '../kit/errors.ts'
import type { Redactor } from '../kit/redact.ts'

export interface NodeOptions {
  readonly configFile?: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly overrides: LoadOptions['overrides']
  /** `receive` runs no programs; `work` takes no deliveries. */
  readonly role: 'all' | 'receive' | 'work'
  /** Log lines for people instead of JSON. */
  readonly pretty: boolean
  /** Overrides the config's. */
  readonly logLevel?: RunningConfig['settings']['logLevel']
}

/** What every part of a node is opened with. */
export interface Parts {
  readonly options: NodeOptions
  readonly live: LiveConfig
  readonly logger: Logger
  readonly redactor: Redactor
  readonly adminToken: AdminToken
  /** Redacts the secrets of a config from now on. */
  readonly redact: (config: RunningConfig) => void
  readonly closers: Closers
  /** Says why the node cannot go on. */
  readonly fail: (reason: HooklineError) => void
}
