import type { PluginLogger, StoreChange } from '../../../core/index.ts'

type Listener = (change: StoreChange) => void

/** Who hears of changes. */
export interface Subscribers {
  /** Returns the way to stop. */
  add(listener: Listener): () => void
  tell(changes: readonly StoreChange[]): void
}

/** A listener that throws is logged, and keeps none of the others from hearing: what it heard of is committed. */
export function createSubscribers(logger: PluginLogger): Subscribers {
  const entries = new Set<{ readonly listener: Listener }>()
  const tellOne = (listener: Listener, change: StoreChange): void => {
    try {
      listener(change)
    } catch (error) {
      logger.error({ error }, 'A listener of the store failed.')
    }
  }
  return {
    add(listener) {
      const entry = { listener }
      entries.add(entry)
      return () => {
        entries.delete(entry)
      }
    },
    tell(changes) {
      for (const change of changes) {
        for (const { listener } of [...entries]) tellOne(listener, change)
      }
    },
  }
}
