import { toSearch } from '../../api/api-calls.ts'
import type { PageContext } from '../page.ts'

/** The filters that lists of tasks and deliveries have. Each has the name of the API's query parameter. */
export const FILTER_NAMES = [
  'text',
  'state',
  'approval',
  'outcome',
  'program',
  'rule',
  'source',
  'type',
  'key',
  'fact',
  'reason',
  'delivery',
  'since',
  'until',
] as const

export type FilterName = (typeof FILTER_NAMES)[number]

export type FilterValues = { readonly [Name in FilterName]?: readonly string[] }

/** What a list shows: filters by name, and which page of it. */
export interface Filters {
  /** The path of the list. */
  readonly path: string
  /** The filters that the list has. */
  readonly names: readonly FilterName[]
  readonly values: FilterValues
  /** How many items are shown. */
  readonly limit: number
  /** The list goes on after this; undefined: it begins with the newest. */
  readonly after: string | undefined
}

/** Items that a list shows at first, and at most. */
const FIRST_LIMIT = 50
export const MAX_LIMIT = 200

/** Reads filters from the address of a page. Those that are empty count as absent; of `since` and the like, the last counts. */
export function readFilters({ context }: PageContext, names: readonly FilterName[]): Filters {
  const { pathname, searchParams } = new URL(context.req.url)
  const given = names.flatMap((name) => {
    const all = searchParams.getAll(name).map((value) => value.trim())
    const values = [...new Set(all.filter((value) => value !== ''))]
    return values.length === 0 ? [] : [[name, name === 'fact' ? values : values.slice(-1)] as const]
  })
  const limit = Number(searchParams.get('limit') ?? FIRST_LIMIT)
  return {
    path: pathname,
    names,
    values: Object.fromEntries(given),
    limit: Number.isInteger(limit) && limit > 0 ? Math.min(limit, MAX_LIMIT) : FIRST_LIMIT,
    after: searchParams.get('after') || undefined,
  }
}

/** The path of the list with some filters changed, from its newest item on. Undefined takes a filter away. */
export function pathWith(
  { path, values }: Filters,
  changes: {
    readonly [Name in FilterName | 'limit' | 'after']?:
      | readonly string[]
      | string
      | number
      | undefined
  },
): string {
  return path + toSearch({ ...values, ...changes })
}
