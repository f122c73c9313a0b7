import { unavailable } from './fault.ts'
import type { WriteCall } from './writes.ts'

/** One transaction takes what is queued, up to about this much. */
const MAX_CALLS = 1_000
const MAX_BATCH_BYTES = 16_777_216
/** What is queued beyond is refused at once: the database does not keep up, or is away. */
const MAX_QUEUED_CALLS = 20_000
const MAX_QUEUED_BYTES = 134_217_728
/** A sender waits: what is not committed by then is refused, and the sender comes again. */
const ANSWER_WITHIN_MS = 1_800
/** Calls of people and of senders. The end of an attempt is worth waiting for as long as the database takes. */
const HURRIED: ReadonlySet<WriteCall['kind']> = new Set([
  ...(['accept', 'refuse', 'ping', 'cancel', 'retry'] as const),
])

/** A call and the promise that waits for it. */
export interface Queued {
  readonly call: WriteCall
  readonly bytes: number
  /** By `performance.now()`. */
  readonly deadline: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Calls in their order, bounded in number, size and time. */
export class WriteQueue {
  #calls: Queued[] = []
  #bytes = 0

  get size(): number {
    return this.#calls.length
  }

  get hasLogs(): boolean {
    return hasLogs(this.#calls)
  }

  /** Rejects at once where too much waits. */
  add(call: WriteCall, { resolve, reject }: Pick<Queued, 'resolve' | 'reject'>): void {
    const bytes = bytesOf(call)
    if (this.#calls.length >= MAX_QUEUED_CALLS || this.#bytes + bytes > MAX_QUEUED_BYTES) {
      reject(unavailable('Too much waits for the database already.'))
      return
    }
    const deadline = HURRIED.has(call.kind) ? performance.now() + ANSWER_WITHIN_MS : Infinity
    this.#bytes += bytes
    this.#calls.push({ call, bytes, deadline, resolve, reject })
  }

  /** The next batch. */
  take(): readonly Queued[] {
    let [count, bytes] = [0, 0]
    for (const next of this.#calls) {
      if (count > 0 && (count >= MAX_CALLS || bytes + next.bytes > MAX_BATCH_BYTES)) break
      count++
      bytes += next.bytes
    }
    this.#bytes -= bytes
    return this.#calls.splice(0, count)
  }

  /** Rejects what has waited for too long. */
  dropLate(): void {
    const late = rejectLate(this.#calls)
    if (late.length === 0) return
    this.#calls = this.#calls.filter((queued) => !late.includes(queued))
    for (const { bytes } of late) this.#bytes -= bytes
  }
}

/** Rejects those whose time is up, and answers them. They may still be committed where they are on their way. */
export function rejectLate(calls: readonly Queued[]): readonly Queued[] {
  const now = performance.now()
  const late = calls.filter(({ deadline }) => deadline <= now)
  if (late.length === 0) return late
  const error = unavailable('The database did not answer in time.')
  for (const { reject } of late) reject(error)
  return late
}

export function hasLogs(calls: readonly Queued[]): boolean {
  return calls.some(({ call }) => call.kind === 'appendLog')
}

// About what a call holds in memory: texts that a sender gave.
function bytesOf(call: WriteCall): number {
  if (call.kind === 'accept') {
    const { delivery, events } = call.entry
    return events.reduce(
      (sum, { payload }) => sum + (payload?.length ?? 0),
      delivery.body.byteLength,
    )
  }
  if (call.kind === 'refuse') return call.delivery.body.byteLength
  if (call.kind === 'appendLog') return call.entries.reduce((sum, { text }) => sum + text.length, 0)
  return 0
}
