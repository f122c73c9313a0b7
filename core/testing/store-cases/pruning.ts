import assert from 'node:assert/strict'
import type { Pruned, PruneRequest } from '../../contracts/retention.ts'
import type { AcceptEntry, Settlement, StoreInstance } from '../../contracts/store.ts'
import { createId } from '../../kit/id.ts'
import { acceptTask, claimOne, makeSettlement } from './make-entry.ts'

export const LIMIT = 100
/** A request that deletes nothing. */
export const KEEP_ALL: PruneRequest = {
  deliveriesBefore: null,
  keepDeliveries: null,
  tasksBefore: null,
  keepTasks: null,
  logsBefore: null,
  countsAt: null,
  limit: LIMIT,
}
export const NOTHING: Pruned = { deliveries: 0, tasks: 0, logs: 0, more: false }
const MAX_CALLS = 1_000

/** Calls `prune` until it says that nothing more can be deleted, and adds up the answers. */
export async function prune(store: StoreInstance, request: PruneRequest): Promise<Pruned> {
  let all = NOTHING
  for (let calls = 0; calls < MAX_CALLS; calls++) {
    const { deliveries, tasks, logs, more } = await store.prune(request)
    assert(deliveries <= request.limit && logs <= request.limit)
    all = {
      deliveries: all.deliveries + deliveries,
      tasks: all.tasks + tasks,
      logs: all.logs + logs,
      more,
    }
    if (!more) return all
  }
  throw new Error('Pruning did not end.')
}

/** Fields of a delivery that was received at this time. */
export function aged(receivedAt: number) {
  return { receivedAt: Math.trunc(receivedAt), id: createId('dlv', Math.trunc(receivedAt)) }
}

/** Appends a line of output. */
export function addLog(store: StoreInstance, taskId: string): Promise<void> {
  return store.appendLog([{ taskId, attempt: 1, stream: 'stdout', at: 0, text: 'a' }])
}

/** Accepts an entry with one task and runs the task to its end. */
export async function endTask(
  store: StoreInstance,
  entry: AcceptEntry,
  settlement: Partial<Settlement> = {},
): Promise<void> {
  await store.accept(entry)
  await endedTask(store, settlement, entry.events[0]?.tasks[0]?.id ?? '')
}

/** Runs the only task that is due (default: a new one) to its end, with a line of output. Returns its id. */
export async function endedTask(
  store: StoreInstance,
  settlement: Partial<Settlement> = {},
  taskId?: string,
): Promise<string> {
  const id = taskId ?? (await acceptTask(store))
  const { lease } = await claimOne(store)
  assert.equal(lease.taskId, id)
  await addLog(store, id)
  assert.equal(await store.settle(lease, makeSettlement(settlement)), true)
  return id
}
