import type { StoreInstance } from '../../contracts/store.ts'
import { createWaiter, type Waiter } from '../waiter.ts'

/** Notifies waiters of changes of a task or its log. All share one subscription, which is held only while there are waiters. */
export class TaskUpdates {
  readonly #store: Pick<StoreInstance, 'subscribe'>
  readonly #waiters = new Map<string, Set<Waiter>>()
  #unsubscribe: (() => void) | null = null

  /** All waiters are notified when the node stops. */
  constructor(store: Pick<StoreInstance, 'subscribe'>, stopping: AbortSignal) {
    this.#store = store
    const notifyAll = () => {
      for (const waiters of this.#waiters.values()) {
        for (const waiter of waiters) waiter.notify()
      }
    }
    stopping.addEventListener('abort', notifyAll, { once: true })
  }

  /** A waiter for a task, which must be disposed of. */
  watch(taskId: string): Waiter {
    this.#unsubscribe ??= this.#store.subscribe((change) => {
      if (change.kind !== 'log' && change.kind !== 'task') return
      for (const waiter of this.#waiters.get(change.taskId) ?? []) waiter.notify()
    })
    const waiters = this.#waiters.get(taskId) ?? new Set()
    this.#waiters.set(taskId, waiters)
    const waiter = createWaiter(() => this.#remove(taskId, waiter))
    waiters.add(waiter)
    return waiter
  }

  #remove(taskId: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(taskId)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#waiters.delete(taskId)
    if (this.#waiters.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = null
  }
}
