import {
  conditionsOfDeliveries,
  conditionsOfTasks,
  type DeliveryFilter,
  type DeliverySummary,
  filteredTasks,
  type Page,
  type PageCondition,
  type PageQuery,
  pageBounds,
  type SearchReader,
  type SegmentKind,
  searchPage,
  type TaskFilter,
  type TaskRecord,
  toPageQuery,
} from '../../../../core/sdk/store.ts'
import type { Session } from '../database/database.ts'
import { storable } from '../database/text.ts'
import { toDeliveryQuery, toListQuery } from '../read/list-query.ts'
import { numbered } from '../read/numbered.ts'
import { LISTED_TASKS, rows, SUMMARIES } from '../read/rows.ts'
import { blocksAt, idsAt, idsOf, segmentsWithin } from './segments.ts'

const TASK_IDS = 'SELECT id FROM tasks'
const DELIVERY_IDS = 'SELECT id FROM deliveries'

/** Tasks that have all terms. */
export function searchTasks(session: Session, filter: TaskFilter): Promise<Page<TaskRecord>> {
  const where = conditionsOfTasks(filter)
  const list = filteredTasks(filter)
  const reader: SearchReader<TaskRecord> = {
    ...segmentsOf(session, 'tasks'),
    listed:
      where.length === 0
        ? null
        : (bounds) =>
            listed(
              session,
              list === null
                ? toPageQuery({ select: TASK_IDS, where, ...bounds })
                : toListQuery(list, TASK_IDS, bounds),
            ),
    items: async (ids) => (await among(session, LISTED_TASKS, { ids, where })).map(rows.toTask),
  }
  return searchPage({ reader, terms: filter.terms ?? [], bounds: pageBounds('tsk', filter) })
}

/** Deliveries that have all terms. */
export function searchDeliveries(
  session: Session,
  filter: DeliveryFilter,
): Promise<Page<DeliverySummary>> {
  const where = conditionsOfDeliveries(filter)
  const reader: SearchReader<DeliverySummary> = {
    ...segmentsOf(session, 'deliveries'),
    listed:
      where.length === 0
        ? null
        : (bounds) => listed(session, toDeliveryQuery(filter, DELIVERY_IDS, bounds)),
    items: async (ids) => (await among(session, SUMMARIES, { ids, where })).map(rows.toSummary),
  }
  return searchPage({ reader, terms: filter.terms ?? [], bounds: pageBounds('dlv', filter) })
}

function segmentsOf(session: Session, kind: SegmentKind) {
  return {
    segments: (bounds) => segmentsWithin(session, kind, bounds),
    blocks: (places) => blocksAt(session, places),
    idsAt: (places) => idsAt(session, places),
    ids: (segments) => idsOf(session, segments),
  } satisfies Partial<SearchReader<unknown>>
}

async function listed(
  session: Session,
  { sql, values, size }: PageQuery,
): Promise<readonly string[]> {
  const found = await session.run(numbered(sql), values.map(bound))
  return found.slice(0, size).map((row) => row['id'] as string)
}

interface Among {
  readonly ids: readonly string[]
  readonly where: readonly PageCondition[]
}

function among(session: Session, select: string, { ids, where }: Among) {
  const conditions = ['id = ANY (?::text[])', ...where.map(([sql]) => sql)]
  const sql = `${select} WHERE ${conditions.join(' AND ')} ORDER BY id DESC`
  return session.run(numbered(sql), [ids, ...where.map(([, value]) => bound(value))])
}

function bound(value: string | number): string | number {
  return typeof value === 'string' ? storable(value) : value
}
