import type { ListedDeliveryView } from '../../api/deliveries/views.ts'
import { MANUAL_METHOD } from '../../matching/manual-rule.ts'
import { OWN_SOURCE } from '../../own-events/catalog.ts'
import type { ApiClient } from '../api-client.ts'

/** How much later than a younger delivery one may be committed: ids are made when deliveries arrive. */
const LATE_MS = 60_000
const PAGE = '200'

interface DeliveryPage {
  readonly deliveries: readonly ListedDeliveryView[]
  readonly next: string | null
}

/** Accepted deliveries of senders, in the order in which they arrived. Each is found once, however often it looks. */
export class DeliveryQueue {
  /** Those still to be forwarded. */
  readonly waiting: ListedDeliveryView[] = []
  readonly #source: string | undefined
  /** When each delivery arrived that a later look may find again. */
  readonly #known = new Map<string, number>()
  #newest = Number.NEGATIVE_INFINITY

  /** @param source The only one whose deliveries are wanted. Undefined: all. */
  constructor(source: string | undefined) {
    this.#source = source
  }

  /** Begins with what is stored since a time, as the API takes it. Undefined: with what comes from now on. */
  async begin(client: ApiClient, since: string | undefined): Promise<void> {
    // What comes in between is in the second list. What comes later, the first look finds.
    this.#know(await this.#list(client, {}, LATE_MS))
    if (since !== undefined) this.#add(await this.#list(client, { since }))
  }

  /** Finds what has been committed since. */
  async look(client: ApiClient): Promise<void> {
    const from = this.#newest - LATE_MS
    const since = Number.isFinite(from) ? { since: new Date(from).toISOString() } : {}
    const found = await this.#list(client, since)
    this.#add(found.filter(({ id }) => !this.#known.has(id)))
    for (const [id, at] of this.#known) if (at < this.#newest - LATE_MS) this.#known.delete(id)
  }

  #add(found: readonly ListedDeliveryView[]): void {
    this.#know(found)
    const sent = found.filter(
      ({ source, method }) => source !== OWN_SOURCE && method !== MANUAL_METHOD,
    )
    this.waiting.push(...sent)
  }

  #know(found: readonly ListedDeliveryView[]): void {
    for (const item of found) {
      const at = arrivedAt(item)
      this.#known.set(item.id, at)
      this.#newest = Math.max(this.#newest, at)
    }
  }

  /** The oldest first. @param spanMs Only what arrived so shortly before the newest. Default: all. */
  async #list(
    client: ApiClient,
    query: { readonly since?: string },
    spanMs = Number.POSITIVE_INFINITY,
  ): Promise<readonly ListedDeliveryView[]> {
    const items: ListedDeliveryView[] = []
    const filter = { ...query, source: this.#source, outcome: 'accepted', limit: PAGE }
    for (let after: string | undefined; ; ) {
      const page = await client.get<DeliveryPage>('/api/deliveries', { ...filter, after })
      items.push(...page.deliveries)
      if (page.next === null || arrivedAt(items[0]) - arrivedAt(items.at(-1)) > spanMs) {
        return items.reverse()
      }
      after = page.next
    }
  }
}

/** In milliseconds since the epoch; NaN if there is no delivery. */
function arrivedAt(delivery: ListedDeliveryView | undefined): number {
  return Date.parse(delivery?.receivedAt ?? '')
}
