import { unavailable } from '../database/fault.ts'
import type { WriteCall } from './writes.ts'

/** One transaction takes what is queued, up to about this limit. */
const MAX_CALLS = 1_000
const MAX_BATCH_BYTES = 16_777_216
/** Calls beyond these limits are refused at once: the database does not keep up, or is away. */
const MAX_QUEUED_CALLS = 20_000
const MAX_QUEUED_BYTES = 134_217_728
/** Senders wait for an answer. What is not committed by then is refused, and the sender tries again. */
const ANSWER_WITHIN_MS = 1_800
/** Calls of people and senders, which have a deadline. The end of an attempt may take as long as the database takes. */
const HURRIED: ReadonlySet<WriteCall['kind']> = new Set([
  'accept',
  'refuse',
  'ping',
  'cancel',
  'retry',
])

/** A call and the promise that waits for it. */
export interface Queued {
  readonly call: WriteCall
  readonly bytes: number
  /** As `performance.now()` counts, in ms. */
  readonly deadline: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Calls in their order, limited in number, size and time. */
export class WriteQueue {
  #calls: Queued[] = []
  #bytes = 0

  get size(): number {
    return this.#calls.length
  }

  get hasLogs(): boolean {
    return hasLogs(this.#calls)
  }

  /** Rejects at once if too much is queued. */
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

  /** Removes and returns the next batch. */
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

  /** Rejects calls that have waited for too long. */
  dropLate(): void {
    const late = rejectLate(this.#calls)
    if (late.length === 0) return
    this.#calls = this.#calls.filter((queued) => !late.includes(queued))
    for (const { bytes } of late) this.#bytes -= bytes
  }
}

/** Rejects and returns the calls past their deadline. Those that are on their way may still be committed. */
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

// About the memory that a call takes: texts that a sender gave.
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
