import type { StoreChange, StoreInstance } from '../../contracts/store.ts'
import { createWaiter, type Waiter } from '../waiter.ts'
import { type EventKind, GatheredChanges, kindOf } from './changes.ts'

/** The first change after a quiet time waits so long for those that come with it. */
const GATHER_MS = 50
const MIN_PAUSE_MS = 500
/** All viewers together are sent at most 200 texts in a second, so that any number of them costs a node about the same. */
const PAUSE_PER_VIEWER_MS = 5

/** One reader of the changes. */
export interface Viewer extends Waiter {
  /** What has changed since the last call, as server-sent events; '' if nothing has. */
  take(): string
}

interface Viewing {
  readonly viewer: Viewer
  offer(gathered: GatheredChanges): void
}

/**
 * Tells viewers of changes of the store, on all nodes. All viewers share one subscription, which is held only while there
 * are any. Changes are gathered: a viewer is told at most twice a second, and one that reads slowly gets what has gathered
 * meanwhile as one.
 */
export class LiveChanges {
  readonly #store: Pick<StoreInstance, 'subscribe'>
  readonly #viewings = new Set<Viewing>()
  #gathered = new GatheredChanges()
  #timer: NodeJS.Timeout | null = null
  #sentAt = Number.NEGATIVE_INFINITY
  #unsubscribe: (() => void) | null = null

  /** All viewers are notified when the node stops. */
  constructor(store: Pick<StoreInstance, 'subscribe'>, stopping: AbortSignal) {
    this.#store = store
    const notifyAll = () => {
      for (const { viewer } of this.#viewings) viewer.notify()
    }
    stopping.addEventListener('abort', notifyAll, { once: true })
  }

  /** A viewer of changes of some kinds, which must be disposed of. */
  watch(kinds: ReadonlySet<EventKind>): Viewer {
    this.#unsubscribe ??= this.#store.subscribe((change) => this.#hear(change))
    const viewing = createViewing(kinds, () => this.#remove(viewing))
    this.#viewings.add(viewing)
    return viewing.viewer
  }

  #hear(change: StoreChange): void {
    if (change.kind === 'missed') this.#gathered.addSync()
    else {
      const kind = kindOf(change)
      if (kind === null) return
      this.#gathered.add(kind, change)
    }
    if (this.#timer !== null) return
    const pauseMs = Math.max(MIN_PAUSE_MS, this.#viewings.size * PAUSE_PER_VIEWER_MS)
    const waitMs = Math.max(GATHER_MS, this.#sentAt + pauseMs - performance.now())
    this.#timer = setTimeout(() => this.#send(), waitMs)
  }

  #send(): void {
    const gathered = this.#gathered
    this.#gathered = new GatheredChanges()
    this.#timer = null
    this.#sentAt = performance.now()
    for (const viewing of this.#viewings) viewing.offer(gathered)
  }

  #remove(viewing: Viewing): void {
    this.#viewings.delete(viewing)
    if (this.#viewings.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#gathered = new GatheredChanges()
  }
}

function createViewing(kinds: ReadonlySet<EventKind>, dispose: () => void): Viewing {
  const waiter = createWaiter(dispose)
  let gathered = new GatheredChanges()
  return {
    viewer: {
      ...waiter,
      take() {
        const text = gathered.toText()
        gathered = new GatheredChanges()
        return text
      },
    },
    offer(more) {
      gathered.merge(more, kinds)
      if (!gathered.isEmpty) waiter.notify()
    },
  }
}
