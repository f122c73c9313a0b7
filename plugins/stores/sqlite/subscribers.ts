import type { PluginLogger, StoreChange } from '../../../core/index.ts'

type Listener = (change: StoreChange) => void

export interface Subscribers {
  /** Returns the way to stop. */
  add(listener: Listener): () => void
  tell(changes: readonly StoreChange[]): void
}

/** Who hears of changes. A listener that throws is logged: what it heard of is committed all the same. */
export function createSubscribers(logger: PluginLogger): Subscribers {
  const listeners = new Set<{ readonly hear: Listener }>()
  return {
    add(listener) {
      const entry = { hear: listener }
      listeners.add(entry)
      return () => {
        listeners.delete(entry)
      }
    },
    tell(changes) {
      for (const change of changes) {
        for (const { hear } of [...listeners]) {
          try {
            hear(change)
          } catch (error) {
            logger.error({ error }, 'A listener of the store failed.')
          }
        }
      }
    },
  }
}
