import { randomUUID } from 'node:crypto'
import {
  isHooklineError,
  type PluginLogger,
  type StoreChange,
  type StoreInstance,
} from '../../../core/index.ts'
import { appendAudit } from './audit.ts'
import { claim, renew } from './claim.ts'
import { createDatabase, type Database, type DatabaseSettings } from './database.ts'
import { writeDocuments } from './documents.ts'
import { toStoreError, unavailable } from './fault.ts'
import { createGate } from './gate.ts'
import { Places } from './lanes.ts'
import { type Listener, startListener } from './listener.ts'
import { migrate } from './migrate.ts'
import type { Migration } from './migrations.ts'
import { nextDueAt } from './next-due.ts'
import { announceNode, drainNode, listNodes, removeNode } from './nodes.ts'
import { createNotices, type Notices, readNotice } from './notices.ts'
import { createPruning } from './prune.ts'
import { createReads } from './reading.ts'
import { createStoreClock } from './store-clock.ts'
import { createSubscribers } from './subscribers.ts'
import { createTransfer } from './transfer.ts'
import { createWriter, type Writer } from './writer.ts'
import type { Batch } from './writes.ts'

/** Connections that are left to deliveries and to running programs, however much is looked at. */
export const NOT_FOR_READING = 3

export interface StoreSettings extends DatabaseSettings {
  /** The node's clock, ms since the epoch. */
  readonly clock: () => number
  readonly logger: PluginLogger
  /** Time that has passed for the database beside its own, ms. For tests. */
  readonly passedMs?: () => number
  /** Others than those of this version. For tests. */
  readonly migrations?: readonly Migration[]
}

interface Opened {
  readonly database: Database
  readonly writer: Writer
  readonly notices: Notices
  readonly listener: Listener
}

/** A store over one schema of a database that any number of nodes share. */
export function createStore(settings: StoreSettings): StoreInstance {
  const { clock: nodeClock, logger, passedMs = () => 0 } = settings
  const clock = createStoreClock({ clock: nodeClock, passedMs, logger })
  const subscribers = createSubscribers(logger)
  const prune = createPruning()
  const reading = createGate(settings.poolSize - NOT_FOR_READING, settings.connectSeconds * 1000)
  let opened: Opened | null = null

  const use = (): Opened => {
    if (opened === null) throw unavailable('The store is not open.')
    return opened
  }
  const announce = (changes: readonly StoreChange[]): void => {
    subscribers.tell(changes)
    opened?.notices.add(changes)
  }
  const write = (async (call) => use().writer.write(call)) as Writer['write']
  const asking = <Result>(ask: (database: Database) => Promise<Result>): Promise<Result> =>
    guarded(async () => ask(use().database))
  const inBatch = async <Result>(body: (batch: Batch) => Promise<Result>): Promise<Result> => {
    const measured = clock.measure()
    const changes: StoreChange[] = []
    const result = await asking((database) =>
      database.transact((transaction) => {
        changes.length = 0
        const now = measured(transaction.startedAt)
        return body({ transaction, clock, now, changes, touched: new Places() })
      }),
    )
    announce(changes)
    return result
  }

  return {
    async open() {
      opened ??= await openStore(settings, { announce, tell: subscribers.tell, clock })
    },
    async close() {
      const closing = opened
      opened = null
      if (closing === null) return
      await closing.writer.close()
      await closing.notices.close()
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
    cancel: (taskId) => write({ kind: 'cancel', taskId }),
    retry: (taskId) => write({ kind: 'retry', taskId }),
    async appendLog(entries) {
      if (entries.length > 0) await write({ kind: 'appendLog', entries })
    },

    claim: (request) => inBatch((batch) => claim(batch, request)),
    renew: (leases, leaseSeconds) =>
      asking((database) => renew(database, leases, { leaseSeconds, passedMs: passedMs() })),
    async nextDueAt(programs) {
      const at = await asking((database) => nextDueAt(database, programs))
      return at === null ? null : clock.toNode(at)
    },

    writeDocuments: (writes, audit) => inBatch((batch) => writeDocuments(batch, writes, audit)),
    audit: (entry) => inBatch(({ transaction }) => appendAudit(transaction, entry)),

    announceNode: (status) => inBatch((batch) => announceNode(batch, status)),
    removeNode: (name) => asking((database) => removeNode(database, name)),
    nodes: () => inBatch(listNodes),
    drainNode: (name, draining) => inBatch((batch) => drainNode(batch, name, draining)),

    prune: (request) => inBatch((batch) => prune(batch, request)),
    transfer: () => createTransfer(settings),

    ...createReads({
      run: (sql, values) => asking((database) => reading(() => database.run(sql, values))),
    }),

    subscribe: (listener) => subscribers.add(listener),
  }
}

interface Telling {
  /** To this node's listeners and to other nodes. */
  readonly announce: (changes: readonly StoreChange[]) => void
  /** To this node's alone. */
  readonly tell: (changes: readonly StoreChange[]) => void
  readonly clock: ReturnType<typeof createStoreClock>
}

async function openStore(
  settings: StoreSettings,
  { announce, tell, clock }: Telling,
): Promise<Opened> {
  const { logger, schema } = settings
  const database = createDatabase(settings, logger)
  try {
    await guarded(() => database.checkSessions())
    await guarded(() => migrate(database, settings))
  } catch (error) {
    await database.close()
    throw error
  }
  const from = randomUUID()
  const channel = `hookline ${schema}`
  const onNotice = (payload: string): void => tell(readNotice(payload, from) ?? [])
  const onReturn = (): void => tell([{ kind: 'work' }])
  return {
    database,
    writer: createWriter({ database, clock, onChanges: announce }),
    notices: createNotices({ session: database, channel, from }),
    listener: startListener({ settings, channel, onNotice, onReturn, logger }),
  }
}

async function guarded<Result>(body: () => Promise<Result>): Promise<Result> {
  try {
    return await body()
  } catch (error) {
    throw isHooklineError(error) ? error : toStoreError(error)
  }
}
