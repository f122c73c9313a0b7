import {
  type AcceptEntry,
  type DeliveryRecord,
  type PluginLogger,
  type StoreChange,
  type StoreInstance,
  storableAuditEntry,
} from '../../../core/index.ts'
import { backUp } from './backup.ts'
import { type Channel, openChannel, unavailable } from './channel.ts'
import type { OperationName, Operations } from './messages.ts'
import { packDelivery, packEntry } from './pack.ts'
import { changesOfAccept, toReceipt } from './receipt.ts'
import { createSubscribers } from './subscribers.ts'
import { createTransfer } from './transfer.ts'

interface StoreSettings {
  /** Absolute. */
  readonly path: string
  readonly clock: () => number
  readonly logger: PluginLogger
}

/** The side of the store on the main thread: it packs, sends and unpacks; nothing here waits for the disk. */
export function createStore({ path, clock, logger }: StoreSettings): StoreInstance {
  const subscribers = createSubscribers(logger)
  let channel: Channel | null = null

  async function call<Name extends OperationName>(
    name: Name,
    args: Operations[Name]['args'],
    body?: Uint8Array,
  ): Promise<Operations[Name]['answer']> {
    if (channel === null) throw unavailable('The store is not open.')
    return channel.call(name, args, body)
  }
  // Times are whole milliseconds in the database.
  const now = (): number => Math.trunc(clock())
  const leaseUntil = (seconds: number): number => now() + Math.ceil(seconds * 1000)

  return {
    async open() {
      channel ??= await openChannel({
        path,
        now: now(),
        onChanges: subscribers.tell,
        onFailure: (error) => subscribers.tell([{ kind: 'failed', error }]),
      })
    },
    async close() {
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
      subscribers.tell(changesOfAccept(entry, known))
      return toReceipt(entry, known)
    },
    async refuse(delivery: DeliveryRecord) {
      await call('refuse', [packDelivery(delivery)], delivery.body)
    },

    claim: ({ node, limit, leaseSeconds, programs }) =>
      call('claim', [node, limit, leaseUntil(leaseSeconds), programs, now()]),
    renew: (leases, leaseSeconds) => call('renew', [leases, leaseUntil(leaseSeconds)]),
    settle(lease, { followUp, ...settlement }) {
      const packed = followUp === undefined ? null : packEntry(followUp)
      return call('settle', [lease, settlement, now(), packed], followUp?.delivery.body)
    },
    nextDueAt: (programs) => call('nextDueAt', [programs, now()]),
    cancel: (taskId) => call('cancel', [taskId, now()]),
    retry: (taskId) => call('retry', [taskId, now()]),

    async appendLog(entries) {
      if (entries.length > 0) await call('appendLog', [entries])
    },
    readLog: (taskId, page) => call('readLog', [taskId, page]),

    task: (id) => call('task', [id]),
    attempts: (taskId) => call('attempts', [taskId]),
    tasks: (filter) => call('tasks', [filter]),
    countTasks: () => call('countTasks', []),
    delivery: (id) => call('delivery', [id]),
    deliveries: (filter) => call('deliveries', [filter]),
    events: (deliveryId) => call('events', [deliveryId]),

    collections: () => call('collections', []),
    documents: (collection) => call('documents', [collection]),
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

    prune: (request) => call('prune', [request]),
    backlog: () => call('backlog', []),
    backup: (file) => backUp(path, file),
    transfer: () => createTransfer(path, clock),

    subscribe: (listener: (change: StoreChange) => void) => subscribers.add(listener),
  }
}
