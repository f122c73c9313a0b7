import type { PluginLogger } from '../../contracts/plugin.ts'
import type { StoreChange } from '../../contracts/store.ts'

type Listener = (change: StoreChange) => void

/** The listeners of a store. */
export interface Subscribers {
  /** Returns a function that removes the listener. */
  add(listener: Listener): () => void
  notify(changes: readonly StoreChange[]): void
}

/** A listener that throws is logged, and the others are still called: the change is committed in any case. */
export function createSubscribers(logger: PluginLogger): Subscribers {
  // Replaced when it changes: a listener may add and remove others while it is called.
  let entries: readonly { readonly listener: Listener }[] = []
  return {
    add(listener) {
      const entry = { listener }
      entries = [...entries, entry]
      return () => {
        entries = entries.filter((other) => other !== entry)
      }
    },
    notify(changes) {
      for (const change of changes) {
        for (const { listener } of entries) {
          try {
            listener(change)
          } catch (error) {
            logger.error({ error }, 'A listener of the store failed.')
          }
        }
      }
    },
  }
}
