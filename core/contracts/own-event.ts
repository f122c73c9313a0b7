import type { Settlement } from './store.ts'
import type { TaskRecord } from './task.ts'

/** Facts of Hookline's own events about a task. */
export interface OwnTaskFacts {
  readonly task: string
  readonly state: 'succeeded' | 'waiting' | 'dead'
  readonly program: string
  readonly rule: string
  readonly source: string
  readonly event_type: string
  readonly event_id: string
  readonly delivery: string
  readonly attempts: number
  readonly exit_code: number | null
  readonly reason: string | null
  readonly node: string
  readonly duration_ms: number
}

/** The payload beside the facts. */
export interface OwnTaskPayload extends OwnTaskFacts {
  /** The end of the attempt's output, at most 4096 characters, redacted. */
  readonly output: string
}

export interface RefusedFacts {
  readonly delivery: string
  readonly source: string
  readonly reason: string
  readonly client: string | null
  readonly node: string
  readonly suppressed: number
}

export interface ConfigChangedFacts {
  readonly version: string
  readonly previous: string
  readonly sources: number
  readonly programs: number
  readonly rules: number
  readonly node: string
}

export interface ConfigFaultyFacts {
  readonly version: string
  readonly code: string
  readonly faults: number
  readonly node: string
}

export interface ConfigFaultyPayload extends ConfigFaultyFacts {
  /** Every fault with its place, as the log has it. */
  readonly message: string
}

/** Payloads of Hookline's own events by type: the facts, and what is too long to be one. */
export interface OwnPayloads {
  readonly 'task.succeeded': OwnTaskPayload
  readonly 'task.failed': OwnTaskPayload
  readonly 'task.dead': OwnTaskPayload
  readonly 'delivery.refused': RefusedFacts
  readonly 'config.changed': ConfigChangedFacts
  readonly 'config.faulty': ConfigFaultyPayload
}

/** An attempt that is about to be settled. */
export interface EndedAttempt {
  /** As it was claimed. */
  readonly task: TaskRecord
  readonly settlement: Settlement
  readonly durationMs: number
  /** The end of its output, redacted. */
  readonly output: string
}
