import type { DeliveryFilter, Page, SearchTerm, TaskFilter } from '../contracts/lists.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { pageSize } from '../sdk/store/pages.ts'
import { groupOfReason } from './reason-group.ts'
import type { TermHash } from './term-hash.ts'
import { searchedTerms } from './terms.ts'

/** A page looks for so long at most, if what is looked for is rare. Then it is short, and has a next one. */
const SEARCH_MS = 400

/**
 * A store that finds tasks and deliveries by words and values: it turns these into the terms that stores know. All else is
 * passed on. Several pages of the store make one, until it is full or has taken too long.
 */
export function searchable(store: StoreInstance, hash: TermHash): StoreInstance {
  const numbersOf = (terms: readonly (readonly string[])[]): Promise<readonly SearchTerm[]> =>
    Promise.all(terms.map((term) => hash.anyOf(term)))

  return {
    ...store,
    async tasks({ type, key, facts, reason, text, ...list }: TaskFilter) {
      const terms = searchedTerms({ type, key, facts, reason, text })
      if (terms.length === 0) return store.tasks(list)
      const filter = { ...list, terms: await numbersOf(terms) }
      const group = reason === undefined ? null : groupOfReason(reason)
      return filledPage(pageSize(filter.limit), async (rest) => {
        const page = await store.tasks({ ...filter, ...rest })
        // A task that was tried again may have ended in another way since.
        const items = page.items.filter(
          (task) =>
            group === null || (task.reason !== null && groupOfReason(task.reason) === group),
        )
        return { items, next: page.next }
      })
    },
    async deliveries(given: DeliveryFilter) {
      const { type, key, facts, reason, text, rule, program, state, ...rest } = given
      const list = state === 'dead' ? { ...rest, state } : rest
      const terms = searchedTerms({ type, key, facts, reason, text, rule, program, state })
      if (terms.length === 0) return store.deliveries(list)
      const filter = { ...list, terms: await numbersOf(terms) }
      return filledPage(pageSize(filter.limit), (rest) => store.deliveries({ ...filter, ...rest }))
    },
  }
}

interface Rest {
  readonly limit: number
  readonly after?: string
}

async function filledPage<Item>(
  limit: number,
  read: (rest: Rest) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const end = performance.now() + SEARCH_MS
  const items: Item[] = []
  for (let rest: Rest = { limit }; ; ) {
    const page = await read(rest)
    items.push(...page.items)
    const { next } = page
    if (next === null || items.length >= limit || performance.now() >= end) return { items, next }
    rest = { limit: limit - items.length, after: next }
  }
}
