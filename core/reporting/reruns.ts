import type { RunningConfig } from '../contracts/config.ts'
import type { AuditStore } from '../contracts/document.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { RerunRequest } from '../contracts/provider/report.ts'
import type { StoredEvent, StoreInstance } from '../contracts/store.ts'
import { readStoredEvent } from '../matching/stored-event.ts'
import type { ReportBook } from './book.ts'
import { reportingRules } from './find-tasks.ts'

/** How far back requests are looked for: no node may have run for a while. */
const LOOK_BACK_MS = 24 * 60 * 60_000
const MAX_REQUESTS = 50

export interface RerunsOptions {
  readonly config: () => RunningConfig
  readonly store: Pick<StoreInstance, 'deliveries' | 'events' | 'task' | 'retry'> & AuditStore
  readonly nodeName: string
  readonly logger: PluginLogger
  readonly clock: () => number
}

interface Asked {
  readonly source: string
  readonly receivedAt: number
  readonly deliveryId: string
  readonly request: RerunRequest
}

/**
 * Retries tasks whose runs a person asks for at the provider. A task that has ended since it was asked for, has been
 * retried. The clocks of a node and of the store differ, so the record of its report has the request as well.
 */
export class Reruns {
  readonly #options: RerunsOptions
  readonly #done = new Set<string>()
  #isLooking = false

  constructor(options: RerunsOptions) {
    this.#options = options
  }

  /** Whether a provider that is told of tasks sends such requests. */
  areWanted(): boolean {
    return this.#sources().length > 0
  }

  /** Looks for requests at the next call of `retryAsked`. */
  look(): void {
    this.#isLooking = true
  }

  async retryAsked(book: ReportBook): Promise<void> {
    if (!this.#isLooking) return
    this.#isLooking = false
    for (const [source, types] of this.#sources()) {
      for (const type of types) {
        for await (const asked of this.#requests(source, type)) {
          for (const taskId of tasksOf(asked, book)) {
            await this.#retry(taskId, asked, type)
            await book.keepRequest(taskId, asked.deliveryId)
          }
          this.#done.add(asked.deliveryId)
        }
      }
    }
  }

  #sources(): readonly (readonly [source: string, types: readonly string[]])[] {
    const config = this.#options.config()
    const told = new Set(reportingRules(config).map(({ report }) => report.to))
    return [...told].flatMap((name) => {
      const types = config.sources.get(name)?.instance.reporter?.rerunTypes
      return types === undefined ? [] : [[name, types] as const]
    })
  }

  async *#requests(source: string, type: string): AsyncGenerator<Asked> {
    const { store, config, clock } = this.#options
    const since = clock() - LOOK_BACK_MS
    const limit = MAX_REQUESTS
    const page = await store.deliveries({ source, type, outcome: 'accepted', since, limit })
    const reporter = config().sources.get(source)?.instance.reporter
    for (const { id: deliveryId, receivedAt } of page.items.toReversed()) {
      if (this.#done.has(deliveryId)) continue
      for (const event of await store.events(deliveryId)) {
        const request = event.type === type ? reporter?.readRerun?.(payloadOf(event)) : null
        if (request) yield { source, receivedAt, deliveryId, request }
      }
    }
  }

  async #retry(taskId: string, { source, receivedAt, deliveryId }: Asked, type: string) {
    const { store, logger, nodeName, clock } = this.#options
    const { endedAt = null } = (await store.task(taskId)) ?? {}
    if (endedAt === null || endedAt >= receivedAt) return
    await store.audit({
      ...{ at: clock(), actor: 'hookline', action: 'task.retry', target: taskId },
      ...{ outcome: 'done', client: null, node: nodeName },
      detail: JSON.stringify({ asked: `${source}.${type}`, delivery: deliveryId }),
    })
    await store.retry(taskId)
    logger.info({ taskId, source, delivery: deliveryId }, 'a task runs again, as its provider asks')
  }
}

function payloadOf(event: StoredEvent): unknown {
  return readStoredEvent(event).event.payload
}

/** Only tasks that were reported about that commit, and whose records do not have this request, or a later one. */
function tasksOf({ source, deliveryId, request }: Asked, book: ReportBook): readonly string[] {
  return book
    .records(request.taskId)
    .filter(
      ({ to, repository, commit }) =>
        to === source && repository === request.repository && commit === request.commit,
    )
    .filter(({ rerun }) => rerun === null || rerun < deliveryId)
    .map(({ task }) => task)
}
