import { randomUUID } from 'node:crypto'
import {
  createSubscribers,
  type PluginLogger,
  type StoreChange,
  type StoreInstance,
} from '../../../core/sdk/store.ts'
import { bulk } from './batch/bulk.ts'
import { createWriter, type Writer } from './batch/writer.ts'
import type { Batch } from './batch/writes.ts'
import { claim, renew } from './claim/claim.ts'
import { LaneSet } from './claim/lanes.ts'
import { nextDueAt } from './claim/next-due.ts'
import { transactAlone } from './database/alone.ts'
import { createDatabase, type Database, type DatabaseSettings } from './database/database.ts'
import { unavailable, withStoreErrors } from './database/fault.ts'
import { type Listener, openListener } from './database/listener.ts'
import { migrate } from './database/migrate.ts'
import type { Migration } from './database/migrations.ts'
import { createNotifier, type Notifier, readNotification } from './database/notify.ts'
import { whenThere } from './database/start-fault.ts'
import { createStoreClock } from './database/store-clock.ts'
import { appendAudit } from './documents/audit.ts'
import { writeDocuments } from './documents/documents.ts'
import { announceNode, drainNode, listNodes, removeNode } from './documents/nodes.ts'
import { pause, release, resume } from './pauses/pauses.ts'
import { project } from './projection/project.ts'
import { createPruning } from './prune/prune.ts'
import { createReads } from './read/read.ts'
import { createSemaphore } from './read/semaphore.ts'
import { replaceSegments } from './search/replace.ts'
import { pendingApprovals } from './settle/settle.ts'
import { createTransfer } from './transfer/transfer.ts'

/** Connections that are reserved for deliveries and running programs, and never used for reading. */
export const NOT_FOR_READING = 3

export interface StoreSettings extends DatabaseSettings {
  /** The node's clock, ms since the epoch. */
  readonly clock: () => number
  readonly logger: PluginLogger
  /** How long `open` waits for a database that is away. */
  readonly startSeconds: number
  /** Time that has passed for the database in addition to its own, in ms. For tests. */
  readonly passedMs?: () => number
  /** Replaces the migrations of this version. For tests. */
  readonly migrations?: readonly Migration[]
}

interface Opened {
  readonly database: Database
  readonly writer: Writer
  readonly notifier: Notifier
  readonly listener: Listener
}

/** A store in one schema of a database, which any number of nodes share. */
export function createStore(settings: StoreSettings): StoreInstance {
  const { clock: nodeClock, logger, passedMs = () => 0 } = settings
  const clock = createStoreClock({ clock: nodeClock, passedMs, logger })
  const subscribers = createSubscribers(logger)
  const prune = createPruning()
  const reading = createSemaphore(
    settings.poolSize - NOT_FOR_READING,
    settings.connectSeconds * 1000,
  )
  let opened: Opened | null = null

  const use = (): Opened => {
    if (opened === null) throw unavailable('The store is not open.')
    return opened
  }
  const announce = (changes: readonly StoreChange[]): void => {
    subscribers.notify(changes)
    opened?.notifier.add(changes)
  }
  const write = (async (call) => use().writer.write(call)) as Writer['write']
  const asking = <Result>(ask: (database: Database) => Promise<Result>): Promise<Result> =>
    withStoreErrors(async () => ask(use().database))
  const inBatch = async <Result>(
    body: (batch: Batch) => Promise<Result>,
    transact = (database: Database): Database['transact'] => database.transact,
  ): Promise<Result> => {
    const measured = clock.measure()
    const changes: StoreChange[] = []
    const result = await asking((database) =>
      transact(database)((transaction) => {
        changes.length = 0
        const now = measured(transaction.startedAt)
        return body({ transaction, clock, now, changes, touched: new LaneSet() })
      }),
    )
    announce(changes)
    return result
  }
  const alone = <Result>(body: (batch: Batch) => Promise<Result>): Promise<Result> =>
    inBatch(body, (database) => transactAlone(database, settings.schema))
  let isResuming = false
  const reads = createReads({
    run: (sql, values) => asking((database) => reading(() => database.run(sql, values))),
  })

  return {
    async open() {
      const telling = { announce, tell: subscribers.notify, clock }
      opened ??= await whenThere(() => openStore(settings, telling), settings)
    },
    async close() {
      const closing = opened
      opened = null
      if (closing === null) return
      await closing.writer.close()
      await closing.notifier.close()
      await closing.listener.close()
      await closing.database.close()
    },
    async ping() {
      await write({ kind: 'ping' })
    },

    accept: (entry) => write({ kind: 'accept', entry }),
    async refuse(delivery) {
      await write({ kind: 'refuse', delivery })
    },
    settle: (lease, settlement) => write({ kind: 'settle', lease, settlement }),
    handOver: (lease, handedOver) => write({ kind: 'handOver', lease, handedOver }),
    cancel: (taskId) => write({ kind: 'cancel', taskId }),
    retry: (taskId) => write({ kind: 'retry', taskId }),
    pendingApprovals: (page) => inBatch((batch) => pendingApprovals(batch, page)),
    decide: (taskId, decision, event) => write({ kind: 'decide', taskId, decision, event }),
    bulk: (changes, entries = []) => inBatch((batch) => bulk(batch, changes, entries)),
    async appendLog(entries) {
      if (entries.length > 0) await write({ kind: 'appendLog', entries })
    },

    async claim(request) {
      if (isResuming) await inBatch(release)
      const claimed = await inBatch((batch) => claim(batch, request))
      isResuming = claimed.isResuming
      return claimed.claims
    },
    renew: (leases, leaseSeconds) =>
      asking((database) => renew(database, leases, { leaseSeconds, passedMs: passedMs() })),
    async nextDueAt(programs, skipsLost = false) {
      const at = await asking((database) => nextDueAt(database, programs, skipsLost))
      return at === null ? null : clock.toNode(at)
    },

    writeDocuments: (writes, audit) => inBatch((batch) => writeDocuments(batch, writes, audit)),
    audit: (entry) => inBatch(({ transaction }) => appendAudit(transaction, entry)),

    announceNode: (status) => inBatch((batch) => announceNode(batch, status)),
    removeNode: (name) => asking((database) => removeNode(database, name)),
    nodes: () => inBatch(listNodes),
    drainNode: (name, draining) => inBatch((batch) => drainNode(batch, name, draining)),

    pause: (asked, event) => alone((batch) => pause(batch, asked, event)),
    resume: (target, event) => alone((batch) => resume(batch, target, event)),

    prune: (request) => inBatch((batch) => prune(batch, request)),
    transfer: () => createTransfer(settings),
    project: (projection) => inBatch((batch) => project(batch, projection)),
    replaceSegments: (numbers, by) => inBatch((batch) => replaceSegments(batch, numbers, by)),

    ...reads,
    // By the clock of this node, which its metrics compare with.
    async backlog() {
      return (await reads.backlog()).map(({ oldestDueAt, ...row }) => {
        return { ...row, oldestDueAt: oldestDueAt === null ? null : clock.toNode(oldestDueAt) }
      })
    },

    subscribe: (listener) => subscribers.add(listener),
  }
}

interface Telling {
  /** To this node's listeners and to other nodes. */
  readonly announce: (changes: readonly StoreChange[]) => void
  /** To this node's listeners only. */
  readonly tell: (changes: readonly StoreChange[]) => void
  readonly clock: ReturnType<typeof createStoreClock>
}

async function openStore(
  settings: StoreSettings,
  { announce, tell, clock }: Telling,
): Promise<Opened> {
  const { logger, schema } = settings
  const database = createDatabase(settings, logger)
  const from = randomUUID()
  const channel = `hookline ${schema}`
  const onNotification = (payload: string): void => tell(readNotification(payload, from) ?? [])
  const onReturn = (): void => tell([{ kind: 'work' }, { kind: 'missed' }])
  try {
    await database.checkSessions()
    await migrate(database, settings)
    const listener = await openListener({ settings, channel, onNotification, onReturn, logger })
    return {
      database,
      writer: createWriter({ database, clock, onChanges: announce }),
      notifier: createNotifier({ session: database, channel, from }),
      listener,
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
