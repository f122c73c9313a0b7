import type { StoreChange } from '../../../../core/sdk/store.ts'
import { createTrimRefused } from '../accept/trim-refused.ts'
import { LaneSet } from '../claim/lanes.ts'
import type { Database } from '../database/database.ts'
import { isAway, isRace, toStoreError } from '../database/fault.ts'
import type { StoreClock } from '../database/store-clock.ts'
import { carryOut } from './batch.ts'
import { hasLogs, type Queued, rejectLate, WriteQueue } from './write-queue.ts'
import type { WriteAnswers, WriteCall } from './writes.ts'

const SWEEP_MS = 100
/** From this many calls, a second transaction begins beside the one in progress. */
const CALLS_FOR_SECOND = 100
const MAX_RUNNING = 2

/** Writes calls in shared transactions. */
export interface Writer {
  /** Rejects with `store_unavailable` if the call was not committed, or may not have been. */
  write<Call extends WriteCall>(call: Call): Promise<WriteAnswers[Call['kind']]>
  /** Waits for all calls so far. */
  close(): Promise<void>
}

interface WriterSettings {
  readonly database: Database
  readonly clock: StoreClock
  /** Called after each commit. */
  readonly onChanges: (changes: readonly StoreChange[]) => void
}

interface Running {
  readonly batch: readonly Queued[]
  /** It holds its locks, so what begins now comes after it. */
  holdsLocks: boolean
}

/**
 * Calls that arrive during a transaction share the commit of the next one. Under load, the next one begins once the one
 * before it holds its locks, so that one prepares while the other waits for the database.
 */
export function createWriter(settings: WriterSettings): Writer {
  const queue = new WriteQueue()
  const running = new Set<Running>()
  const trimRefused = createTrimRefused(settings.database)
  let draining: Promise<void> | null = null
  let wake = (): void => {}

  const mayStart = (): boolean => {
    if (queue.size === 0 || running.size >= MAX_RUNNING) return false
    const [before] = running
    if (before === undefined) return true
    // Lines of a log are numbered one after the other, so two transactions must not both append.
    const isApart = !(queue.hasLogs && hasLogs(before.batch))
    return before.holdsLocks && queue.size >= CALLS_FOR_SECOND && isApart
  }
  const start = async (): Promise<void> => {
    const each: Running = { batch: queue.take(), holdsLocks: false }
    running.add(each)
    await runBatch({ ...settings, onLocked: () => wakeAs(each) }, each.batch)
    await trimRefused(each.batch.filter(({ call }) => call.kind === 'refuse').length)
    running.delete(each)
    wake()
  }
  const wakeAs = (each: Running): void => {
    each.holdsLocks = true
    wake()
  }
  const drain = async (): Promise<void> => {
    const sweeper = setInterval(() => {
      queue.dropLate()
      for (const { batch } of running) rejectLate(batch)
    }, SWEEP_MS)
    // Calls of one turn of the event loop travel together.
    await new Promise(setImmediate)
    while (queue.size > 0 || running.size > 0) {
      if (mayStart()) void start()
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    clearInterval(sweeper)
    draining = null
  }

  return {
    write<Call extends WriteCall>(call: Call) {
      return new Promise<WriteAnswers[Call['kind']]>((resolve, reject) => {
        queue.add(call, { resolve: resolve as Queued['resolve'], reject })
        draining ??= drain()
        if (queue.size === CALLS_FOR_SECOND) wake()
      })
    },
    async close() {
      await draining
    },
  }
}

interface BatchSettings extends WriterSettings {
  readonly onLocked: () => void
}

// If a call cannot be carried out, the batch is halved until that call fails alone.
async function runBatch(settings: BatchSettings, batch: readonly Queued[]): Promise<void> {
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
  { database, clock, onLocked }: BatchSettings,
  calls: readonly WriteCall[],
): Promise<Committed> {
  const measured = clock.measure()
  return database.transact(async (transaction) => {
    const now = measured(transaction.startedAt)
    const changes: StoreChange[] = []
    const batch = { transaction, clock, now, changes, touched: new LaneSet() }
    return { answers: await carryOut(batch, calls, onLocked), changes }
  })
}
