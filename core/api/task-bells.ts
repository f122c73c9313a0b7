import type { StoreInstance } from '../contracts/store.ts'

/** Wakes one waiter; a ring before the wait is not lost. */
export interface Bell {
  /** Resolves at a ring, or after the limit. */
  wait(limitMs: number): Promise<void>
  ring(): void
  /** Hands the bell back; it never rings by itself again. */
  end(): void
}

/** Bells that ring when a task or its log changes. All share one subscription, held only while there are bells. */
export class TaskBells {
  readonly #store: Pick<StoreInstance, 'subscribe'>
  readonly #bells = new Map<string, Set<Bell>>()
  #unsubscribe: (() => void) | null = null

  /** All bells ring when the node stops. */
  constructor(store: Pick<StoreInstance, 'subscribe'>, stopping: AbortSignal) {
    this.#store = store
    const ringAll = () => {
      for (const bells of this.#bells.values()) for (const bell of bells) bell.ring()
    }
    stopping.addEventListener('abort', ringAll, { once: true })
  }

  /** A bell for a task; to be ended. */
  watch(taskId: string): Bell {
    this.#unsubscribe ??= this.#store.subscribe((change) => {
      if (change.kind !== 'log' && change.kind !== 'task') return
      for (const bell of this.#bells.get(change.taskId) ?? []) bell.ring()
    })
    const bells = this.#bells.get(taskId) ?? new Set()
    this.#bells.set(taskId, bells)
    const bell = createBell(() => this.#remove(taskId, bell))
    bells.add(bell)
    return bell
  }

  #remove(taskId: string, bell: Bell): void {
    const bells = this.#bells.get(taskId)
    bells?.delete(bell)
    if (bells?.size === 0) this.#bells.delete(taskId)
    if (this.#bells.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = null
  }
}

function createBell(end: () => void): Bell {
  let rung = false
  let wake: (() => void) | null = null
  return {
    end,
    ring: () => {
      rung = true
      wake?.()
    },
    wait: async (limitMs) => {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, limitMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      wake = null
      rung = false
    },
  }
}
