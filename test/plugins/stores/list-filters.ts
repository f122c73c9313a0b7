import type { DeliveryFilter, TaskFilter } from '../../../core/contracts/store.ts'

/** Each combination of filters that the API offers for lists of tasks, with some value for each. */
export const TASK_FILTERS = combinations<TaskFilter>({
  state: 'dead',
  rule: 'rule-3',
  program: 'program-3',
  source: 'source-3',
  after: 'tsk_0000000100',
  since: 32,
})

/** The same for lists of deliveries. */
export const DELIVERY_FILTERS = combinations<DeliveryFilter>({
  source: 'source-3',
  outcome: 'accepted',
  after: 'dlv_0000000100',
  since: 32,
})

/** Lists of the deliveries that have a dead task. */
export const DEAD_FILTERS = DELIVERY_FILTERS.map((filter) => ({
  ...filter,
  state: 'dead' as const,
}))

function combinations<Filter>(all: Partial<Filter>): readonly (Filter & { limit: number })[] {
  const parts = Object.entries(all).reduce<readonly object[]>(
    (sofar, [key, value]) => sofar.flatMap((part) => [part, { ...part, [key]: value }]),
    [{ limit: 50 }],
  )
  return parts as readonly (Filter & { limit: number })[]
}
