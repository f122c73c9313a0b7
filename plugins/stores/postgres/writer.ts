import type { StoreChange } from '../../../core/index.ts'
import { carryOut } from './batch.ts'
import type { Database } from './database.ts'
import { isAway, isRace, toStoreError, unavailable } from './fault.ts'
import { Places } from './lanes.ts'
import type { StoreClock } from './store-clock.ts'
import { createTrim } from './trim.ts'
import type { WriteAnswers, WriteCall } from './writes.ts'

/** One transaction takes what is queued, up to about this much. */
const MAX_CALLS = 1_000
const MAX_BATCH_BYTES = 16_777_216
/** What is queued beyond is refused at once: the database does not keep up, or is away. */
const MAX_QUEUED_CALLS = 20_000
const MAX_QUEUED_BYTES = 134_217_728
/** A sender waits: what is not committed by then is refused, and the sender comes again. */
const ANSWER_WITHIN_MS = 1_800
const SWEEP_MS = 100
/** Calls of people and of senders. The end of an attempt is worth waiting for as long as the database takes. */
const HURRIED: ReadonlySet<WriteCall['kind']> = new Set([
  ...(['accept', 'refuse', 'ping', 'cancel', 'retry'] as const),
])

/** Where writes wait for a shared transaction. */
export interface Writer {
  /** Rejects with `store_unavailable` where the call was not committed, or may not have been. */
  write<Call extends WriteCall>(call: Call): Promise<WriteAnswers[Call['kind']]>
  /** Waits for all calls so far. */
  close(): Promise<void>
}

interface WriterSettings {
  readonly database: Database
  readonly clock: StoreClock
  /** Told after each commit. */
  readonly onChanges: (changes: readonly StoreChange[]) => void
}

interface Queued {
  readonly call: WriteCall
  readonly bytes: number
  /** By `performance.now()`. */
  readonly deadline: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** One transaction at a time: what arrives while it is on its way shares the next one's commit. */
export function createWriter({ database, clock, onChanges }: WriterSettings): Writer {
  let queue: Queued[] = []
  let queuedBytes = 0
  let inFlight: readonly Queued[] = []
  let draining: Promise<void> | null = null
  let sweeper: NodeJS.Timeout | null = null

  const sweep = (): void => {
    const now = performance.now()
    const late = unavailable('The database did not answer in time.')
    for (const { deadline, reject } of inFlight) if (deadline <= now) reject(late)
    const expired = queue.filter(({ deadline }) => deadline <= now)
    if (expired.length === 0) return
    queue = queue.filter(({ deadline }) => deadline > now)
    for (const { bytes, reject } of expired) {
      queuedBytes -= bytes
      reject(late)
    }
  }
  const take = (): readonly Queued[] => {
    let [count, bytes] = [0, 0]
    for (const next of queue) {
      if (count > 0 && (count >= MAX_CALLS || bytes + next.bytes > MAX_BATCH_BYTES)) break
      count++
      bytes += next.bytes
    }
    queuedBytes -= bytes
    return queue.splice(0, count)
  }
  const trim = createTrim(database)
  const drain = async (): Promise<void> => {
    sweeper ??= setInterval(sweep, SWEEP_MS)
    // Calls of one turn of the event loop travel together.
    await new Promise(setImmediate)
    while (queue.length > 0) {
      inFlight = take()
      await runBatch({ database, clock, onChanges }, inFlight)
      await trim(inFlight.filter(({ call }) => call.kind === 'refuse').length)
      inFlight = []
    }
    clearInterval(sweeper)
    sweeper = null
    draining = null
  }

  return {
    write<Call extends WriteCall>(call: Call) {
      return new Promise<WriteAnswers[Call['kind']]>((resolve, reject) => {
        const bytes = bytesOf(call)
        if (queue.length >= MAX_QUEUED_CALLS || queuedBytes + bytes > MAX_QUEUED_BYTES) {
          reject(unavailable('Too much waits for the database already.'))
          return
        }
        const deadline = HURRIED.has(call.kind) ? performance.now() + ANSWER_WITHIN_MS : Infinity
        queuedBytes += bytes
        queue.push({ call, bytes, deadline, resolve: resolve as Queued['resolve'], reject })
        draining ??= drain()
      })
    },
    async close() {
      await draining
    },
  }
}

// A call that cannot be carried out is found by halving, so that it fails alone.
async function runBatch(settings: WriterSettings, batch: readonly Queued[]): Promise<void> {
  const calls = batch.map(({ call }) => call)
  try {
    const { answers, changes } = await commit(settings, calls)
    for (const [index, { resolve }] of batch.entries()) resolve(answers[index])
    settings.onChanges(changes)
  } catch (error) {
    if (isAway(error) || isRace(error) || batch.length === 1) {
      const fault = toStoreError(error)
      for (const { reject } of batch) reject(fault)
      return
    }
    const half = Math.ceil(batch.length / 2)
    await runBatch(settings, batch.slice(0, half))
    await runBatch(settings, batch.slice(half))
  }
}

interface Committed {
  readonly answers: readonly unknown[]
  readonly changes: readonly StoreChange[]
}

function commit(
  { database, clock }: WriterSettings,
  calls: readonly WriteCall[],
): Promise<Committed> {
  const measured = clock.measure()
  return database.transact(async (transaction) => {
    const now = measured(transaction.startedAt)
    const changes: StoreChange[] = []
    const batch = { transaction, clock, now, changes, touched: new Places() }
    return { answers: await carryOut(batch, calls), changes }
  })
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
