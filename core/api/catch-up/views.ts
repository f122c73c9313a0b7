import type { ListedFeed } from '../../catch-up/feed.ts'
import { isoTime } from '../iso-time.ts'

/** What is known about deliveries that did not arrive, as the API shows it. Times are ISO 8601 in UTC. */
export function feedView({ feed: { source, target }, record, isAsking }: ListedFeed) {
  return {
    source,
    target,
    state: isAsking ? ('asking' as const) : stateOf(record),
    recovered: record?.recovered ?? 0,
    from: isoTime(record?.from ?? null),
    succeededAt: isoTime(record?.succeededAt ?? null),
    fault: record?.fault ? { ...record.fault, retryAt: isoTime(record.nextAt) } : null,
  }
}

export type FeedView = ReturnType<typeof feedView>

function stateOf(record: ListedFeed['record']) {
  if (record?.fault) return 'faulty' as const
  return record?.succeededAt == null ? ('pending' as const) : ('current' as const)
}
