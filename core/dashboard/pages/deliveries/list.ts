import { html } from 'hono/html'
import type { ListedDeliveryView } from '../../../api/deliveries/views.ts'
import { deliveryQuery } from '../../../api/http/query.ts'
import { TASK_STATES } from '../../../contracts/task.ts'
import { listPage } from '../../list-page.ts'
import type { Html, PageContext } from '../../page.ts'
import { outcomeBadge, stateBadge } from '../../parts/badges.ts'
import type { ActionOnAll } from '../../parts/bulk-bar.ts'
import { FILTER_NAMES, type FilterName, type Filters } from '../../parts/filter-values.ts'
import { shortFacts } from '../../parts/short-facts.ts'
import type { Column } from '../../parts/table.ts'
import { bytes, dotted, timeAgo } from '../../parts/text.ts'

const FILTERS: readonly FilterName[] = FILTER_NAMES.filter((name) => name in deliveryQuery.shape)
const OUTCOMES = ['accepted', 'duplicate', 'refused'] as const

/** `/deliveries`: the deliveries that match the filters, newest first. */
export function deliveryListPage(page: PageContext): Promise<Html> {
  const { outcomes } = page.texts.common
  return listPage(page, {
    name: 'deliveries',
    filters: FILTERS,
    tabs: { name: 'outcome', choices: OUTCOMES.map((outcome) => [outcome, outcomes[outcome]]) },
    columns: columns(page),
    events: ['delivery', 'task'],
    bulk: (filters) => ({ selected: ['replay'], all: replayAll(filters) }),
    elsewhere: { href: '/configuration', label: page.texts.deliveries.toSources },
  })
}

/** Only what was accepted is replayed, and never all that is stored. */
function replayAll({ values }: Filters): readonly ActionOnAll[] {
  const { outcome, ...filter } = values
  const isReplayable = outcome === undefined || outcome[0] === 'accepted'
  return isReplayable && Object.keys(filter).length > 0 ? [{ action: 'replay', filter }] : []
}

function columns(page: PageContext): readonly Column<ListedDeliveryView>[] {
  const text = page.texts.deliveries
  return [
    { heading: text.event, cell: (delivery) => dotted(eventName(page, delivery)) },
    {
      heading: text.outcome,
      kind: 'state',
      cell: ({ outcome, recovered }) => outcomeBadge(page, outcome, recovered),
    },
    { heading: text.about, kind: 'wide', cell: (delivery) => about(page, delivery) },
    { heading: text.tasks, cell: (delivery) => taskBadges(page, delivery) },
    { heading: text.received, kind: 'time', cell: ({ receivedAt }) => timeAgo(page, receivedAt) },
    { heading: text.size, kind: 'number', cell: sizeOf },
  ]
}

function eventName(
  { texts }: PageContext,
  { source, events, eventsMore }: ListedDeliveryView,
): string {
  const [first, ...others] = events
  if (first === undefined) return source
  const name = `${source}.${first.type}`
  return others.length === 0
    ? name
    : texts.deliveries.andMore(name, eventsMore ? '3+' : `${others.length}`)
}

/** Why it was refused, or what tells it from others. */
function about(
  { texts }: PageContext,
  { reason, events, outcome }: ListedDeliveryView,
): Html | string {
  const [first] = events
  if (reason !== null) return reason
  if (first !== undefined) return shortFacts(first.facts)
  return outcome === 'accepted'
    ? html`<span class="faint">${texts.delivery.noEventMore}</span>`
    : ''
}

function taskBadges(page: PageContext, { tasks, tasksMore }: ListedDeliveryView): Html {
  const counts = Map.groupBy(tasks, ({ state }) => state)
  const badges = TASK_STATES.filter((state) => counts.has(state)).map((state) => {
    const count = counts.get(state)?.length ?? 0
    return html`<span>${stateBadge(page, state)}${count === 1 ? '' : ` × ${count}`}</span>`
  })
  return html`<span class="row">${badges}${tasksMore ? '…' : ''}</span>`
}

/** A duplicate is stored without its body. */
function sizeOf({ outcome, bodyBytes }: ListedDeliveryView): string {
  return outcome === 'duplicate' ? '' : bytes(bodyBytes)
}
