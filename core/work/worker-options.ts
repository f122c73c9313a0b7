import type { RunningConfig } from '../contracts/config.ts'
import type { Meter } from '../contracts/meter.ts'
import type { EndedAttempt } from '../contracts/own-event.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { AcceptEntry, StoreInstance } from '../contracts/store.ts'
import type { Tracer } from '../contracts/tracer.ts'
import type { Redactor } from '../kit/redact.ts'

export interface WorkerOptions {
  readonly store: StoreInstance
  readonly config: () => RunningConfig
  readonly nodeName: string
  readonly logger: PluginLogger
  readonly redactor: Pick<Redactor, 'text' | 'stream'>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** Gives what is to be committed with the end of an attempt, if anything. */
  readonly announce?: (ended: EndedAttempt) => AcceptEntry | null
  /** Default: nothing is measured. */
  readonly meter?: Meter
  /** Default: nothing is traced. */
  readonly tracer?: Tracer
  /** How long a run may take to end after it was told to. Default 15. */
  readonly killAfterSeconds?: number
}
