import { existsSync } from 'node:fs'
import {
  type AcceptEntry,
  createSubscribers,
  type DeliveryRecord,
  HooklineError,
  isSearch,
  type PluginLogger,
  type StoreChange,
  type StoreInstance,
  storableAuditEntry,
  toReceipt,
} from '../../../core/sdk/store.ts'
import { changesOfAccept } from './accept/changes.ts'
import { type Channel, openChannel, unavailable } from './batch/channel.ts'
import type { OperationName, Operations } from './batch/messages.ts'
import { bodyOf, packDelivery, packEntry, packEntryOrNull } from './batch/pack.ts'
import { backUp } from './database/backup.ts'
import { checkBeside } from './database/check-beside.ts'
import { damaged } from './database/fault.ts'
import { networkFileSystem } from './database/network-file-system.ts'
import { isSmall } from './database/quick-check.ts'
import { searchDeliveries, searchTasks } from './search/search.ts'
import { createTransfer } from './transfer/transfer.ts'

/** Smaller changes are those of a clock that is kept right. */
const MIN_SET_BACK_MS = 1_000

interface StoreSettings {
  /** Absolute. */
  readonly path: string
  readonly clock: () => number
  readonly logger: PluginLogger
}

/** The store on the main thread. It packs calls, sends them and unpacks the answers, and never waits for the disk. */
export function createStore({ path, clock, logger }: StoreSettings): StoreInstance {
  const subscribers = createSubscribers(logger)
  let channel: Channel | null = null

  function call<Name extends OperationName>(
    name: Name,
    args: Operations[Name]['args'],
    body?: Uint8Array,
  ): Promise<Operations[Name]['answer']> {
    return channel === null
      ? Promise.reject(unavailable('The store is not open.'))
      : channel.call(name, args, body)
  }
  // Times are whole milliseconds in the database.
  const now = (): number => Math.trunc(clock())
  /** Milliseconds by which the clock is ahead of a monotonic clock. Only differences between two values matter. */
  const clockAhead = (): number => now() - performance.now()
  const leaseUntil = (seconds: number): number => now() + Math.ceil(seconds * 1000)

  let ahead = clockAhead()
  // Called for each claim, so it looks often enough.
  const wasSetBack = (): boolean => {
    const before = ahead
    ahead = clockAhead()
    return ahead - before < -MIN_SET_BACK_MS
  }
  async function correctDueTimes(): Promise<void> {
    const tasks = await call('correctDueTimes', [now()])
    if (tasks === 0) return
    logger.warn({ tasks }, 'the clock was set back: waiting tasks are due earlier, by that much')
  }

  const warnOfNetwork = (network: string): void => {
    const { code, message, remedy } = new HooklineError(
      'store_on_network',
      `the database ${path} is on ${network}, whose locks SQLite cannot rely on: two processes could damage it`,
    )
    logger.warn({ code, remedy }, message)
  }

  let isDamaged = false
  const onRefused = (error: HooklineError): void => {
    if (error.code !== 'store_damaged' || isDamaged) return
    isDamaged = true
    const { code, message, remedy } = error
    logger.error({ code, fault: message, remedy }, 'the database is damaged: nothing is taken')
  }
  let checking = new AbortController()
  const checkLater = async (own: Channel): Promise<void> => {
    const found = await checkBeside(path, checking.signal)
    if (found === null || channel !== own) return
    const { code, message } = damaged(path, found)
    own.markDamaged({ code, message, cause: found })
  }

  return {
    async open() {
      if (channel !== null) return
      const isChecked = !existsSync(path) || isSmall(path)
      const network = networkFileSystem(path)
      if (network !== null) warnOfNetwork(network)
      const own = await openChannel({
        path,
        now: now(),
        onChanges: subscribers.notify,
        onRefused,
        onFailure: (error) => subscribers.notify([{ kind: 'failed', error }]),
      })
      channel = own
      isDamaged = false
      try {
        // It may have been set back while no process had the file open.
        await correctDueTimes()
      } catch (error) {
        channel = null
        await own.close()
        throw error
      }
      checking = new AbortController()
      if (!isChecked) void checkLater(own)
    },
    async close() {
      checking.abort()
      const closing = channel
      channel = null
      await closing?.close()
    },
    async ping() {
      await call('ping', [now()])
    },

    async accept(entry: AcceptEntry) {
      const args = [...packEntry(entry), now()] as const
      const known = await call('accept', args, entry.delivery.body)
      subscribers.notify(changesOfAccept(entry, known))
      return toReceipt(entry, known)
    },
    async refuse(delivery: DeliveryRecord) {
      await call('refuse', [packDelivery(delivery)], delivery.body)
      subscribers.notify([{ kind: 'delivery' }])
    },

    async claim({ node, limit, leaseSeconds, programs, skipsLost = false, held = [] }) {
      if (wasSetBack()) await correctDueTimes()
      const request = { node, limit, skipsLost, held }
      return call('claim', [request, leaseUntil(leaseSeconds), programs, now()])
    },
    renew: (leases, leaseSeconds) => call('renew', [leases, leaseUntil(leaseSeconds)]),
    handOver: (lease, handedOver) => call('handOver', [lease, handedOver, now()]),
    handedOver: (program, page) => call('handedOver', [program, page]),
    settle(lease, { followUp = null, breaker, ...settlement }) {
      const event = breaker?.event ?? null
      const bodies = [bodyOf(followUp), bodyOf(event)] as const
      const use = breaker === undefined ? null : { ...breaker, event: packEntryOrNull(event) }
      const packed = packEntryOrNull(followUp)
      const args = [lease, settlement, now(), packed, use, bodies[0].byteLength] as const
      return call('settle', args, event === null ? bodies[0] : Buffer.concat(bodies))
    },
    nextDueAt: (programs, skipsLost = false) => call('nextDueAt', [programs, skipsLost, now()]),
    cancel: (taskId) => call('cancel', [taskId, now()]),
    retry: (taskId) => call('retry', [taskId, now()]),
    decide: (taskId, decision, event) =>
      call('decide', [taskId, decision, packEntryOrNull(event), now()], bodyOf(event)),
    pendingApprovals: (page) => call('pendingApprovals', [page, now()]),
    bulk(changes, entries = []) {
      const bodies = entries.map(({ delivery }) => delivery.body)
      const packed = entries.map((entry, index) => {
        return [packEntry(entry), bodies[index]?.byteLength ?? 0] as const
      })
      return call('bulk', [changes, packed, now()], Buffer.concat(bodies))
    },

    async appendLog(entries) {
      if (entries.length > 0) await call('appendLog', [entries])
    },
    readLog: (taskId, page) => call('readLog', [taskId, page]),

    task: (id) => call('task', [id]),
    attempts: (taskId) => call('attempts', [taskId]),
    tasks: (filter) => (isSearch(filter) ? searchTasks(call, filter) : call('tasks', [filter])),
    countTasks: () => call('countTasks', []),
    delivery: (id) => call('delivery', [id]),
    deliveries: (filter) =>
      isSearch(filter) ? searchDeliveries(call, filter) : call('deliveries', [filter]),
    events: (deliveryId) => call('events', [deliveryId]),
    knownSenderIds: (source, senderIds) => call('knownSenderIds', [source, senderIds]),
    outlines: (deliveryIds, limit) => call('outlines', [deliveryIds, limit]),

    collections: () => call('collections', []),
    documents: (collection, name) => call('documents', [collection, name]),
    writeDocuments(writes, audit) {
      const entry = audit === null ? null : storableAuditEntry(audit)
      return call('writeDocuments', [writes, entry, now()])
    },
    documentsVersion: () => call('documentsVersion', []),
    audit: (entry) => call('audit', [storableAuditEntry(entry)]),
    auditEntries: (page) => call('auditEntries', [page]),

    announceNode: (status) => call('announceNode', [status, now()]),
    async removeNode(name) {
      await call('removeNode', [name])
    },
    nodes: () => call('nodes', [now()]),
    drainNode: (name, draining) => call('drainNode', [name, draining, now()]),

    pauses: () => call('pauses', []),
    pause: (asked, event) => call('pause', [asked, packEntryOrNull(event), now()], bodyOf(event)),
    resume: (target, event) =>
      call('resume', [target, packEntryOrNull(event), now()], bodyOf(event)),

    prune: (request) => call('prune', [request]),
    backlog: () => call('backlog', []),
    unprojected: (limit) => call('unprojected', [limit]),
    project: (projection) => call('project', [projection]),
    smallSegments: (documents) => call('smallSegments', [documents]),
    segment: (number) => call('segment', [number]),
    nextSegment: (after) => call('nextSegment', [after]),
    replaceSegments: (numbers, by) => call('replaceSegments', [numbers, by]),
    counts: (query) => call('counts', [query]),
    errors: (filter) => call('errors', [filter]),
    backup: (file) => backUp(path, file),
    transfer: () => createTransfer(path, clock),

    subscribe: (listener: (change: StoreChange) => void) => subscribers.add(listener),
  }
}
