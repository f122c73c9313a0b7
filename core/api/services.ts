import type { ManagedConfig } from '../config/managed-config.ts'
import type { RunningConfig } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { KeyKeeper } from '../kit/sealing/key-keeper.ts'
import type { Receiver } from '../receive/receive.ts'
import type { Roster } from '../work/roster.ts'
import type { Access } from './access/access.ts'
import type { RefusedCalls } from './access/refused-calls.ts'
import type { AuditLog } from './audit-log.ts'
import type { NodeMetrics } from './metrics/node-metrics.ts'
import type { TaskBells } from './task-bells.ts'

export type { HttpTypes } from './http-types.ts'

/** What the HTTP side works with. */
export interface Services {
  /** The config in force. */
  readonly config: () => RunningConfig
  /** The config before its last change; null where there was none. */
  readonly previousConfig: () => RunningConfig | null
  /** Why the newest change of the config was not taken; null where it was. */
  readonly configFault: () => string | null
  /** The part of the config that is changed by the API; absent: none is. */
  readonly managed?: ManagedConfig
  readonly store: StoreInstance
  readonly receiver: Receiver
  /** False on a node that only works. */
  readonly takesDeliveries: boolean
  readonly logger: PluginLogger
  /** Who may use the admin API. */
  readonly access: Access
  /** Absent: nothing of the keys is shown or changed. */
  readonly keeper?: KeyKeeper
  /** Absent or null: nothing is measured, and there is no `/metrics`. */
  readonly metrics?: NodeMetrics | null
  /** Whether this node was told to claim no more. Absent: it was not. */
  readonly isDraining?: () => boolean
  /** Aborted when the node stops, so that open streams end. */
  readonly stopping: AbortSignal
}

/** The same with what the app adds for all its routes. */
export interface AppServices extends Services {
  readonly bells: TaskBells
  readonly roster: Roster
  readonly audit: AuditLog
  readonly refused: RefusedCalls
}
