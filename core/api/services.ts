import type { HttpBindings } from '@hono/node-server'
import type { RunningConfig } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { Receiver } from '../receive/receive.ts'
import type { TaskBells } from './task-bells.ts'

/** What the HTTP side works with. */
export interface Services {
  /** The config in force. */
  readonly config: () => RunningConfig
  /** The config before its last change; null where there was none. */
  readonly previousConfig: () => RunningConfig | null
  /** Why the newest change of the config was not taken; null where it was. */
  readonly configFault: () => string | null
  readonly store: StoreInstance
  readonly receiver: Receiver
  /** False on a node that only works. */
  readonly takesDeliveries: boolean
  readonly logger: PluginLogger
  /** Whether a bearer token may use the admin API. */
  readonly isAdminToken: (token: string) => boolean
  /** Aborted when the node stops, so that open streams end. */
  readonly stopping: AbortSignal
}

/** The same with what the app adds for all its routes. */
export interface AppServices extends Services {
  readonly bells: TaskBells
}

/** Types of Hono's context: node's own request is there when node's server called. */
export interface HttpTypes {
  Bindings: Partial<HttpBindings>
}
