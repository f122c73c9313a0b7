import type { PluginLogger } from '../contracts/plugin.ts'
import type { AcceptEntry, Claim, StoreInstance } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import type { Key } from './key.ts'
import { escapeDelivery, openDelivery, openSummary, sealDelivery } from './sealed-delivery.ts'
import { checkDocuments, KEYS, openDocument, recordKey, sealWrite } from './sealed-documents.ts'
import { openGroup, sealDeaths } from './sealed-error.ts'
import { escapeEntry, openEvent, openOutline, sealEntry } from './sealed-event.ts'
import { openUnprojected } from './sealed-projection.ts'
import {
  escapeLog,
  escapeSettlement,
  openAttempt,
  openChunk,
  openPrevious,
  openTask,
  sealDecision,
  sealLog,
  sealSettlement,
} from './sealed-task.ts'
import { type Keys, Sealer } from './sealer.ts'

export interface SealedStoreOptions {
  /** Not yet open. */
  readonly store: StoreInstance
  readonly keys: Keys
  /** Whether new values are sealed. Stored values are opened in any case. */
  readonly encryptPayloads: () => boolean
  readonly logger: PluginLogger
  readonly clock: () => number
}

/** After this, a task whose key this node lacks is offered again. Other nodes may have the key. */
const KEY_RETRY_MS = 30_000

/**
 * A store that encrypts secrets at rest. It seals the values of all documents. If payloads are encrypted, it also seals
 * bodies, headers and queries of deliveries, facts and payloads of events, and reasons, results and output of tasks. Ids,
 * names, times, types, policy keys and decisions stay plain, since the store searches and sorts by them. `open` throws
 * `key_missing` or `sealed_value_broken` if a document cannot be opened.
 */
export function sealStore(options: SealedStoreOptions): StoreInstance {
  const { store, keys, encryptPayloads } = options
  const sealer = new Sealer(keys)
  const recording = new Map<string, Promise<void>>()

  /** The key is recorded before anything is sealed with it. */
  async function recordSealingKey(): Promise<void> {
    const key = sealingKey(options)
    // All callers wait for one write, so that they go on in the order of their calls.
    let recorded = recording.get(key.id)
    if (recorded === undefined) {
      recorded = recordKey(store, key)
      recording.set(key.id, recorded)
      recorded.catch(() => recording.delete(key.id))
    }
    await recorded
  }

  /** Whether to seal. */
  async function seals(): Promise<boolean> {
    if (!encryptPayloads()) return false
    await recordSealingKey()
    return true
  }

  async function sealedEntry(entry: AcceptEntry): Promise<AcceptEntry> {
    return (await seals()) ? sealEntry(sealer, entry) : escapeEntry(sealer, entry)
  }
  const sealedOrNull = async (entry: AcceptEntry | null) =>
    entry === null ? null : sealedEntry(entry)

  const openTaskOrNull = (task: TaskRecord | null) =>
    task === null ? null : openTask(sealer, task)

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

    accept: (entry) =>
      encryptPayloads()
        ? sealedEntry(entry).then((sealed) => store.accept(sealed))
        : store.accept(escapeEntry(sealer, entry)),
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
    async settle(lease, { followUp, breaker, ...settlement }) {
      const isSealed = await seals()
      const own = isSealed
        ? sealSettlement(sealer, lease.taskId, settlement)
        : escapeSettlement(sealer, settlement)
      return store.settle(lease, {
        ...own,
        ...(followUp && { followUp: await sealedEntry(followUp) }),
        ...(breaker && { breaker: { ...breaker, event: await sealedOrNull(breaker.event) } }),
      })
    },
    handOver: (lease, handedOver) => store.handOver(lease, handedOver),
    handedOver: (program, page) => store.handedOver(program, page),
    nextDueAt: (programs, skipsLost) => store.nextDueAt(programs, skipsLost),
    cancel: async (taskId) => openTaskOrNull(await store.cancel(taskId)),
    retry: async (taskId) => openTaskOrNull(await store.retry(taskId)),
    async decide(taskId, decision, event) {
      const sealed = (await seals()) ? sealDecision(sealer, taskId, decision) : decision
      return openTaskOrNull(await store.decide(taskId, sealed, await sealedOrNull(event)))
    },
    pendingApprovals: (page) => store.pendingApprovals(page),
    async bulk({ writes, ...rest }, entries = []) {
      const keep = (await seals()) ? sealEntry : escapeEntry
      return store.bulk(
        { ...rest, writes: writes.map((write) => sealWrite(sealer, write)) },
        entries.map((entry) => keep(sealer, entry)),
      )
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

    task: async (id) => openTaskOrNull(await store.task(id)),
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
    knownSenderIds: (source, senderIds) => store.knownSenderIds(source, senderIds),
    async outlines(deliveryIds, limit) {
      const outlines = await store.outlines(deliveryIds, limit)
      return outlines.map((outline) => openOutline(sealer, outline))
    },
    async events(deliveryId) {
      const events = await store.events(deliveryId)
      return events.map((event) => openEvent(sealer, event))
    },

    async collections() {
      const collections = await store.collections()
      return collections.filter((collection) => collection !== KEYS)
    },
    async documents(collection, name) {
      const documents = await store.documents(collection, name)
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

    pauses: () => store.pauses(),
    pause: async (pause, event) => store.pause(pause, await sealedOrNull(event)),
    resume: async (target, event) => store.resume(target, await sealedOrNull(event)),
    counts: (query) => store.counts(query),
    async errors(filter) {
      const { groups, next } = await store.errors(filter)
      return { groups: groups.map((group) => openGroup(sealer, group)), next }
    },

    prune: (request) => store.prune(request),
    backlog: () => store.backlog(),
    unprojected: async (limit) => openUnprojected(sealer, await store.unprojected(limit)),
    smallSegments: (documents) => store.smallSegments(documents),
    segment: (number) => store.segment(number),
    nextSegment: (after) => store.nextSegment(after),
    replaceSegments: (numbers, by) => store.replaceSegments(numbers, by),
    async project(projection) {
      const { deaths = [] } = projection
      if (deaths.some(({ isSealed }) => isSealed)) await recordSealingKey()
      return store.project({ ...projection, deaths: sealDeaths(sealer, deaths) })
    },
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

/** A fault of keys is logged. The sender only learns that it should send again. */
function sealingKey({ keys, logger }: SealedStoreOptions): Key {
  try {
    return keys.sealing()
  } catch (cause) {
    logger.error({ err: cause }, 'payloads cannot be sealed, so none is stored')
    throw new HooklineError('store_unavailable', 'What is to be stored cannot be sealed', { cause })
  }
}

/**
 * The claim, opened; null if it cannot be opened. Then its task waits for a node that has the key, or is dead if its
 * event was changed.
 */
async function openClaim(
  { task, event, ...claim }: Claim,
  sealer: Sealer,
  { store, logger, clock }: SealedStoreOptions,
): Promise<Claim | null> {
  const { lease } = claim
  try {
    const previous = openPrevious(sealer, task)
    const opened = { ...openTask(sealer, task), previous }
    return { ...claim, task: opened, event: openEvent(sealer, event) }
  } catch (error) {
    if (!isHooklineError(error)) throw error
    const reason = `${error.code}: ${error.message}`
    const fields = { taskId: lease.taskId }
    logger.error({ ...fields, fault: reason }, 'what a task is to get cannot be opened')
    const nothing = { exitCode: null, reason, result: null }
    const isBroken = error.code === 'sealed_value_broken'
    const settled = store.settle(
      lease,
      isBroken
        ? { state: 'dead', attempt: 'failed', ...nothing }
        : { state: 'waiting', attempt: 'returned', dueAt: clock() + KEY_RETRY_MS, ...nothing },
    )
    // If that fails, the lease expires. The other tasks of the claim go on.
    await settled.catch((fault) =>
      logger.error({ ...fields, err: fault }, 'it could not be settled'),
    )
    return null
  }
}
