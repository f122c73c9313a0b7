import type { LoadOptions } from '../../config/load/load.ts'
import type { ManagedParts } from '../../config/managed/kinds.ts'
import type { MeteredOutcome } from '../../contracts/meter.ts'
import type { AcceptEntry, AcceptReceipt, DeliveryRecord } from '../../contracts/store.ts'
import type { ErrorCode } from '../../errors/errors.ts'
import type { RefusedDelivery } from '../../own-events/own-events.ts'
import type { LoggerOptions } from '../logger.ts'

/** What the main process tells a receiver, in this order. */
export type ToReceiver =
  | ({ readonly kind: 'start' } & ReceiverStart)
  | ({ readonly kind: 'config' } & ConfigRevision)
  | { readonly kind: 'public_url'; readonly publicUrl: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'stop' }

/** What a receiver tells the main process. */
export type FromReceiver =
  /** The config of this revision is in force. */
  | { readonly kind: 'configured'; readonly revision: number }
  | { readonly kind: 'pong'; readonly cpuSeconds: number }
  /** It cannot go on. It ends at once, or when it is told to stop. */
  | { readonly kind: 'failed'; readonly reason: string }

/** A config as the main process loaded it. A receiver loads the same files. */
export interface ConfigRevision {
  /** Counts the changes since the start. */
  readonly revision: number
  readonly managed: ManagedParts
  readonly publicUrl: string
}

export interface ReceiverStart extends ConfigRevision, NodeStart {
  /** Names the process in the log. */
  readonly name: string
  /** How many receivers there are. They share the limits. */
  readonly count: number
  readonly nodeName: string
  /** Id of the main process. */
  readonly mainPid: number
  /** Folder of the sockets that the processes of this node talk through. */
  readonly folder: string
}

/** How the node was started. */
export interface NodeStart extends Pick<LoggerOptions, 'pretty'> {
  readonly configFile?: string | undefined
  readonly cwd: string
  readonly overrides: LoadOptions['overrides']
  readonly logLevel?: LoggerOptions['level']
}

/** Calls that only the main process can carry out: it has the store. */
export interface MainCalls {
  accept: { readonly given: AcceptEntry; readonly answer: AcceptReceipt }
  refuse: { readonly given: DeliveryRecord; readonly answer: null }
  deliveryRefused: { readonly given: RefusedDelivery; readonly answer: null }
}

export type MainCallName = keyof MainCalls

/** Calls of a receiver that were made at about the same time, and what it has measured since the last ones. */
export interface CallsFrame {
  readonly calls: readonly (readonly [id: number, name: MainCallName, given: unknown])[]
  readonly measured: Measured
}

export interface AnswersFrame {
  readonly answers: readonly (readonly [id: number, answer: unknown, fault?: CallFault])[]
}

export interface Measured {
  readonly deliveries: readonly (readonly [
    source: string,
    outcome: MeteredOutcome,
    reason: string,
    count: number,
  ])[]
  readonly committed: readonly (readonly [source: string, seconds: number])[]
  readonly refused: readonly string[]
}

/** An error as it is sent. */
export interface CallFault {
  /** Null: it is not a `HooklineError`. */
  readonly code: ErrorCode | null
  readonly message: string
  readonly remedy?: string
  readonly fields?: Readonly<Record<string, unknown>>
}
