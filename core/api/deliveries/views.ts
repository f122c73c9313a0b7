import type { FactValue } from '../../contracts/event.ts'
import type {
  DeliveryOutline,
  DeliveryRecord,
  DeliverySummary,
  StoredEvent,
} from '../../contracts/store.ts'
import type { Diagnosis } from '../../doctor/diagnose.ts'
import type { RuleExplanation } from '../../trial/explain-event.ts'
import { isoTime } from '../iso-time.ts'
import type { EventTaskView } from '../tasks/views.ts'

/** A delivery as the API lists it. */
export function deliverySummaryView(delivery: DeliverySummary) {
  return {
    id: delivery.id,
    source: delivery.source,
    receivedAt: isoTime(delivery.receivedAt),
    method: delivery.method,
    path: delivery.path,
    client: delivery.client,
    outcome: delivery.outcome,
    reason: delivery.reason,
    originalId: delivery.originalId,
    recovered: delivery.recovered ?? null,
    bodyBytes: delivery.bodyBytes,
  }
}

const LISTED_EVENTS = 3
const LISTED_TASKS = 20
const MAX_FACT_LENGTH = 200

/** How many events and tasks of a delivery are read for a list: one more than is shown. */
export const OUTLINE_LIMIT = LISTED_TASKS + 1

/** A delivery in the list of deliveries, with its first events and tasks. */
export function listedDeliveryView(
  delivery: DeliverySummary,
  outline: DeliveryOutline | undefined,
) {
  const { events = [], tasks = [] } = outline ?? {}
  return {
    ...deliverySummaryView(delivery),
    events: events.slice(0, LISTED_EVENTS).map(({ id, type, facts }) => {
      const cut = Object.entries(facts).map(([name, value]) => [name, cutFact(value)] as const)
      return { id, type, facts: Object.fromEntries(cut) }
    }),
    eventsMore: events.length > LISTED_EVENTS,
    tasks: tasks.slice(0, LISTED_TASKS),
    tasksMore: tasks.length > LISTED_TASKS,
  }
}

function cutFact(value: FactValue): FactValue {
  const isLong = typeof value === 'string' && value.length > MAX_FACT_LENGTH
  return isLong ? `${value.slice(0, MAX_FACT_LENGTH)}…` : value
}

/** A delivery with its headers and events, never its body. Secret headers were masked before they were stored. */
export function deliveryView<Event extends EventView>(
  delivery: DeliveryRecord,
  events: readonly Event[],
  replays: readonly DeliverySummary[],
) {
  const summary = deliverySummaryView({ ...delivery, bodyBytes: delivery.body.byteLength })
  const shown = replays.map(deliverySummaryView).map(({ id, receivedAt, outcome }) => {
    return { id, receivedAt, outcome }
  })
  return { ...summary, headers: delivery.headers, events, replays: shown }
}

/** Why a delivery was refused, as far as that could be found out. */
export function diagnosisView(delivery: DeliveryRecord, { findings, tried }: Diagnosis) {
  const { id, source, outcome, reason } = delivery
  return { delivery: id, source, outcome, reason, findings, tried }
}

export function eventView(event: StoredEvent, tasks: readonly EventTaskView[]) {
  const { id, type, senderId, facts, decisions } = event
  return { id, type, senderId, facts, decisions, tasks }
}

export type DeliverySummaryView = ReturnType<typeof deliverySummaryView>
export type ListedDeliveryView = ReturnType<typeof listedDeliveryView>
export type DeliveryView = ReturnType<typeof deliveryView<EventView>>
export type EventView = ReturnType<typeof eventView>
/** An event with its rules as `RuleExplanation`s; null: beyond what one answer explains. */
export type ExplainedEventView = EventView & { readonly rules: readonly RuleExplanation[] | null }
export type ExplainedDeliveryView = ReturnType<typeof deliveryView<ExplainedEventView>>
export type DiagnosisView = ReturnType<typeof diagnosisView>
