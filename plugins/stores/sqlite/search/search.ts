import {
  conditionsOfDeliveries,
  conditionsOfTasks,
  type DeliveryFilter,
  type DeliverySummary,
  type Page,
  pageBounds,
  type SearchReader,
  type SegmentKind,
  searchPage,
  type TaskFilter,
  type TaskRecord,
} from '../../../../core/sdk/store.ts'
import type { Channel } from '../batch/channel.ts'

type Call = Channel['call']

/** Tasks that have all terms. */
export function searchTasks(call: Call, filter: TaskFilter): Promise<Page<TaskRecord>> {
  const { terms = [], ...list } = filter
  const reader: SearchReader<TaskRecord> = {
    ...segmentsOf(call, 'tasks'),
    listed:
      conditionsOfTasks(list).length > 0 ? (bounds) => call('listedTasks', [list, bounds]) : null,
    items: (ids) => call('tasksAmong', [list, ids]),
  }
  return searchPage({ reader, terms, bounds: pageBounds('tsk', filter) })
}

/** Deliveries that have all terms. */
export function searchDeliveries(
  call: Call,
  filter: DeliveryFilter,
): Promise<Page<DeliverySummary>> {
  const { terms = [], ...list } = filter
  const reader: SearchReader<DeliverySummary> = {
    ...segmentsOf(call, 'deliveries'),
    listed:
      conditionsOfDeliveries(list).length > 0
        ? (bounds) => call('listedDeliveries', [list, bounds])
        : null,
    items: (ids) => call('deliveriesAmong', [list, ids]),
  }
  return searchPage({ reader, terms, bounds: pageBounds('dlv', filter) })
}

function segmentsOf(call: Call, kind: SegmentKind) {
  return {
    segments: (bounds) => call('segmentsWithin', [kind, bounds]),
    blocks: (places) => call('blocks', [places]),
    idsAt: (places) => call('idsAt', [places]),
    ids: (numbers) => call('idsOf', [numbers]),
  } satisfies Partial<SearchReader<unknown>>
}
