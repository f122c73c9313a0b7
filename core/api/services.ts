import type { CatchUp } from '../catch-up/catch-up.ts'
import type { ManagedConfig } from '../config/managed/managed-config.ts'
import type { RunningConfig } from '../contracts/config.ts'
import type { PauseRecord } from '../contracts/pause.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { OwnEvents } from '../own-events/own-events.ts'
import type { Receiver } from '../receive/receiver.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { Registrations } from '../registration/registrations.ts'
import type { KeyKeeper } from '../sealing/key-keeper.ts'
import type { CaseTrialsOptions } from '../trial/cases/case-trials.ts'
import type { TunnelStatus } from '../tunnel/supervisor.ts'
import type { Roster } from '../work/roster.ts'
import type { Access } from './access/access.ts'
import type { RefusedCalls } from './access/guard/refused-calls.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { TrialLimit } from './conditions/trial-limit.ts'
import type { LiveChanges } from './events/live-changes.ts'
import type { RefusedRequests } from './http/refused-requests.ts'
import type { NodeMetrics } from './metrics/node-metrics.ts'
import type { SharedRead } from './shared-read.ts'
import type { TaskUpdates } from './tasks/task-updates.ts'

export type { HttpTypes } from './http/types.ts'

/** What the HTTP side needs from the node. */
export interface Services {
  /** The config in force. */
  readonly config: () => RunningConfig
  /** The config before its last change; null if it has not changed. */
  readonly previousConfig: () => RunningConfig | null
  /** Why the newest change of the config could not be applied; null if it is in force. */
  readonly configFault: () => string | null
  /** The part of the config that the API can change; absent: none. */
  readonly managed?: ManagedConfig
  readonly store: StoreInstance
  readonly receiver: Receiver
  /** Absent: there are no cases. */
  readonly cases?: CaseTrialsOptions
  readonly ownEvents: Pick<OwnEvents, 'pauseChanged' | 'approvalEnded'>
  /** Absent: this node asks for no missed deliveries. */
  readonly catchUp?: Pick<CatchUp, 'list' | 'run'>
  /** Absent: this node registers no webhooks. */
  readonly registrations?: Pick<Registrations, 'list' | 'open' | 'run'>
  /** False on a node with the role `work`. */
  readonly takesDeliveries: boolean
  readonly logger: PluginLogger
  /** Knows every secret of this node. */
  readonly redactor: Pick<Redactor, 'text' | 'stream'>
  /** Who may use the admin API. */
  readonly access: Access
  /** Absent: there is no `/api/secrets`. */
  readonly keeper?: KeyKeeper
  readonly refusedRequests: RefusedRequests
  /** Absent or null: there is no `/metrics`. */
  readonly metrics?: NodeMetrics | null
  /** The tunnel of this node; null or absent: it has none. */
  readonly tunnel?: () => TunnelStatus | null
  /** Whether this node is draining. Absent: it is not. */
  readonly isDraining?: () => boolean
  /** Aborted when the node stops, so that open streams end. */
  readonly stopping: AbortSignal
}

/** The same, with what answers to senders need as well. */
export interface FirstServices extends Services {
  readonly taskUpdates: TaskUpdates
}

/** The same, with the services that the app creates for its routes. */
export interface AppServices extends FirstServices {
  readonly liveChanges: LiveChanges
  readonly roster: Roster
  /** What is paused, read again after each change of it. */
  readonly pauses: SharedRead<readonly PauseRecord[]>
  readonly audit: AuditLog
  readonly refusedCalls: RefusedCalls
  readonly trials: TrialLimit
}
