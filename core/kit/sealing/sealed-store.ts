import type { PluginLogger } from '../../contracts/plugin.ts'
import type { Claim, StoreInstance } from '../../contracts/store.ts'
import { HooklineError, isHooklineError } from '../errors.ts'
import type { Key } from './key.ts'
import { escapeDelivery, openDelivery, openSummary, sealDelivery } from './sealed-delivery.ts'
import { checkDocuments, KEYS, openDocument, recordKey, sealWrite } from './sealed-documents.ts'
import { escapeEntry, openEvent, sealEntry } from './sealed-event.ts'
import {
  escapeLog,
  escapeSettlement,
  openAttempt,
  openChunk,
  openTask,
  sealLog,
  sealSettlement,
} from './sealed-task.ts'
import { type Keys, Sealer } from './sealer.ts'

export interface SealedStoreOptions {
  /** Not yet open. */
  readonly store: StoreInstance
  readonly keys: Keys
  /** Whether what comes now is sealed; what is stored is opened either way. */
  readonly encryptPayloads: () => boolean
  readonly logger: PluginLogger
  readonly clock: () => number
}

/** A task whose key is not on this node is offered to others, and tried again here after this. */
const KEY_RETRY_MS = 30_000

/**
 * A store in which secrets rest sealed: the values of all documents, and, where payloads are encrypted, bodies, headers
 * and queries of deliveries, facts and payloads of events, reasons, results and output of tasks. Ids, names, times,
 * types, keys of policies and decisions stay as they are: the store searches and sorts by them. `open` throws
 * `key_missing` or `sealed_value_broken` where a document cannot be opened.
 */
export function sealStore(options: SealedStoreOptions): StoreInstance {
  const { store, keys, encryptPayloads } = options
  const sealer = new Sealer(keys)
  const recording = new Map<string, Promise<void>>()

  /** Whether to seal. The key is on record before anything is sealed with it. */
  async function seals(): Promise<boolean> {
    if (!encryptPayloads()) return false
    const key = sealingKey(options)
    // One write for all that wait for it, so that they go on in the order of their calls.
    let recorded = recording.get(key.id)
    if (recorded === undefined) {
      recorded = recordKey(store, key)
      recording.set(key.id, recorded)
      recorded.catch(() => recording.delete(key.id))
    }
    await recorded
    return true
  }

  return {
    async open() {
      await store.open()
      try {
        await checkDocuments(store, sealer)
      } catch (error) {
        await store.close()
        throw error
      }
    },
    close: () => store.close(),
    ping: () => store.ping(),

    async accept(entry) {
      const isSealed = await seals()
      return store.accept(isSealed ? sealEntry(sealer, entry) : escapeEntry(sealer, entry))
    },
    async refuse(delivery) {
      const isSealed = await seals()
      await store.refuse(
        isSealed ? sealDelivery(sealer, delivery) : escapeDelivery(sealer, delivery),
      )
    },

    async claim(request) {
      const claims = await store.claim(request)
      const opened = await Promise.all(claims.map((claim) => openClaim(claim, sealer, options)))
      return opened.filter((claim) => claim !== null)
    },
    renew: (leases, leaseSeconds) => store.renew(leases, leaseSeconds),
    async settle(lease, { followUp, ...settlement }) {
      const isSealed = await seals()
      const own = isSealed
        ? sealSettlement(sealer, lease.taskId, settlement)
        : escapeSettlement(sealer, settlement)
      if (followUp === undefined) return store.settle(lease, own)
      const next = isSealed ? sealEntry(sealer, followUp) : escapeEntry(sealer, followUp)
      return store.settle(lease, { ...own, followUp: next })
    },
    nextDueAt: (programs) => store.nextDueAt(programs),
    async cancel(taskId) {
      const task = await store.cancel(taskId)
      return task === null ? null : openTask(sealer, task)
    },
    async retry(taskId) {
      const task = await store.retry(taskId)
      return task === null ? null : openTask(sealer, task)
    },

    async appendLog(entries) {
      const isSealed = await seals()
      const keep = isSealed ? sealLog : escapeLog
      await store.appendLog(entries.map((entry) => keep(sealer, entry)))
    },
    async readLog(taskId, page) {
      const chunks = await store.readLog(taskId, page)
      return chunks.map((chunk) => openChunk(sealer, taskId, chunk))
    },

    async task(id) {
      const task = await store.task(id)
      return task === null ? null : openTask(sealer, task)
    },
    async attempts(taskId) {
      const attempts = await store.attempts(taskId)
      return attempts.map((attempt) => openAttempt(sealer, taskId, attempt))
    },
    async tasks(filter) {
      const { items, next } = await store.tasks(filter)
      return { items: items.map((task) => openTask(sealer, task)), next }
    },
    countTasks: () => store.countTasks(),
    async delivery(id) {
      const delivery = await store.delivery(id)
      return delivery === null ? null : openDelivery(sealer, delivery)
    },
    async deliveries(filter) {
      const { items, next } = await store.deliveries(filter)
      return { items: items.map((summary) => openSummary(sealer, summary)), next }
    },
    async events(deliveryId) {
      const events = await store.events(deliveryId)
      return events.map((event) => openEvent(sealer, event))
    },

    async collections() {
      const collections = await store.collections()
      return collections.filter((collection) => collection !== KEYS)
    },
    async documents(collection) {
      const documents = await store.documents(collection)
      return documents.map((document) => openDocument(sealer, document))
    },
    writeDocuments: (writes, audit) =>
      store.writeDocuments(
        writes.map((write) => sealWrite(sealer, write)),
        audit,
      ),
    documentsVersion: () => store.documentsVersion(),
    audit: (entry) => store.audit(entry),
    auditEntries: (page) => store.auditEntries(page),

    announceNode: (status) => store.announceNode(status),
    removeNode: (name) => store.removeNode(name),
    nodes: () => store.nodes(),
    drainNode: (name, draining) => store.drainNode(name, draining),

    prune: (request) => store.prune(request),
    backlog: () => store.backlog(),
    ...(store.backup === undefined
      ? {}
      : { backup: (file: string) => store.backup?.(file) ?? Promise.resolve() }),
    // Sealed values move as they are.
    ...(store.transfer === undefined ? {} : { transfer: store.transfer.bind(store) }),

    subscribe: (listener) =>
      store.subscribe((change) => {
        if (change.kind !== 'documents' || change.collection !== KEYS) listener(change)
      }),
  }
}

/** Whoever sends is told to send again, and nothing of keys. */
function sealingKey({ keys, logger }: SealedStoreOptions): Key {
  try {
    return keys.sealing()
  } catch (cause) {
    logger.error({ err: cause }, 'payloads cannot be sealed, so none is stored')
    throw new HooklineError('store_unavailable', 'What is to be stored cannot be sealed', { cause })
  }
}

/** A claim that cannot be opened is not given out: without its key it waits for a node that has it, else it is dead. */
async function openClaim(
  { lease, task, event }: Claim,
  sealer: Sealer,
  { store, logger, clock }: SealedStoreOptions,
): Promise<Claim | null> {
  try {
    return { lease, task: openTask(sealer, task), event: openEvent(sealer, event) }
  } catch (error) {
    if (!isHooklineError(error)) throw error
    const reason = `${error.code}: ${error.message}`
    const fields = { taskId: lease.taskId }
    logger.error({ ...fields, fault: reason }, 'the event of a task cannot be opened')
    const nothing = { exitCode: null, reason, result: null }
    const isBroken = error.code === 'sealed_value_broken'
    const settled = store.settle(
      lease,
      isBroken
        ? { state: 'dead', attempt: 'failed', ...nothing }
        : { state: 'waiting', attempt: 'returned', dueAt: clock() + KEY_RETRY_MS, ...nothing },
    )
    // Where that fails, its lease runs out; the other tasks of the claim are not held up.
    await settled.catch((fault) =>
      logger.error({ ...fields, err: fault }, 'it could not be settled'),
    )
    return null
  }
}
