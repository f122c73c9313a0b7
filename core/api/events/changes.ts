import type { StoreChange } from '../../contracts/store.ts'
import type { TaskState } from '../../contracts/task.ts'

/** Kinds of events, besides `sync`. */
export const EVENT_KINDS = ['task', 'delivery', 'stats', 'pause', 'job', 'node', 'config'] as const

export type EventKind = (typeof EVENT_KINDS)[number]

/** Tasks that one event names. */
const MAX_TASKS = 50

/** What a write to a collection of documents is to viewers. Writes to other collections are no event. */
const COLLECTIONS: Readonly<Record<string, EventKind>> = {
  sources: 'config',
  programs: 'config',
  rules: 'config',
  jobs: 'job',
}

/** The kind of event that a change of the store is; null if viewers are not told. */
export function kindOf(change: StoreChange): EventKind | null {
  switch (change.kind) {
    case 'task':
    case 'delivery':
    case 'node':
    case 'pause':
      return change.kind
    case 'projected':
      return 'stats'
    case 'documents':
      return COLLECTIONS[change.collection] ?? null
    default:
      return null
  }
}

/** Changes that are to be sent together. Its size has a limit, however much happens. */
export class GatheredChanges {
  readonly #kinds = new Set<EventKind>()
  readonly #tasks = new Map<string, TaskState>()
  #hasMoreTasks = false
  #isSync = false

  get isEmpty(): boolean {
    return this.#kinds.size === 0 && !this.#isSync
  }

  /** Changes may have been missed. */
  addSync(): void {
    this.#isSync = true
  }

  add(kind: EventKind, change: StoreChange): void {
    this.#kinds.add(kind)
    if (change.kind === 'task') this.#addTask(change.taskId, change.state)
  }

  /** Adds those of the given kinds. */
  merge(other: GatheredChanges, kinds: ReadonlySet<EventKind>): void {
    this.#isSync ||= other.#isSync
    for (const kind of other.#kinds) if (kinds.has(kind)) this.#kinds.add(kind)
    if (!kinds.has('task')) return
    this.#hasMoreTasks ||= other.#hasMoreTasks
    for (const [taskId, state] of other.#tasks) this.#addTask(taskId, state)
  }

  /** As server-sent events: `sync` first, then each kind at most once. */
  toText(): string {
    const events = [...this.#kinds].map((kind) => eventText(kind, this.#dataOf(kind)))
    return `${this.#isSync ? eventText('sync', {}) : ''}${events.join('')}`
  }

  #addTask(taskId: string, state: TaskState): void {
    if (this.#tasks.has(taskId) || this.#tasks.size < MAX_TASKS) this.#tasks.set(taskId, state)
    else this.#hasMoreTasks = true
  }

  #dataOf(kind: EventKind): object {
    if (kind !== 'task') return {}
    const tasks = [...this.#tasks].map(([id, state]) => ({ id, state }))
    return { tasks, more: this.#hasMoreTasks }
  }
}

function eventText(name: EventKind | 'sync', data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
