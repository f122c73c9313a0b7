import { html } from 'hono/html'
import { ApiProblem } from '../../../api/api-calls.ts'
import type { ListedDeliveryView } from '../../../api/deliveries/views.ts'
import { deliveryQuery } from '../../../api/http/query.ts'
import { TASK_STATES } from '../../../contracts/task.ts'
import { layout } from '../../layout.ts'
import type { Html, PageContext } from '../../page.ts'
import { outcomeBadge, stateBadge } from '../../parts/badges.ts'
import { type ActionOnAll, bulkBar, pickOf } from '../../parts/bulk-bar.ts'
import {
  FILTER_NAMES,
  type FilterName,
  type Filters,
  readFilters,
} from '../../parts/filter-values.ts'
import { filterBar, loadChoices, loadList } from '../../parts/filters.ts'
import { live } from '../../parts/live.ts'
import { newsLink, pager } from '../../parts/pager.ts'
import { shortFacts } from '../../parts/short-facts.ts'
import { type Column, emptyState, table } from '../../parts/table.ts'
import { bytes, dotted, timeAgo } from '../../parts/text.ts'

const FILTERS: readonly FilterName[] = FILTER_NAMES.filter((name) => name in deliveryQuery.shape)
const OUTCOMES = ['accepted', 'duplicate', 'refused'] as const
const LIST = 'deliveries'

interface DeliveryList {
  readonly deliveries: readonly ListedDeliveryView[]
  readonly next: string | null
}

/** `/deliveries`: the deliveries that match the filters, newest first. */
export async function deliveryListPage(page: PageContext): Promise<Html> {
  const text = page.texts.deliveries
  const filters = readFilters(page, FILTERS)
  const [list, choices] = await Promise.all([
    loadList<DeliveryList>(page, '/api/deliveries', filters),
    loadChoices(page),
  ])
  const outcomes = OUTCOMES.map(
    (outcome) => [outcome, page.texts.common.outcomes[outcome]] as const,
  )
  const body = html`${filterBar(page, filters, { choices, tabs: { name: 'outcome', choices: outcomes } })}
    ${list instanceof ApiProblem ? html`<p class="notice bad" role="alert">${list.message}</p>` : live(page, LIST, ['delivery', 'task'], deliveryList(page, filters, list))}`
  return layout(page, { title: text.title, section: 'deliveries', body })
}

function deliveryList(
  page: PageContext,
  filters: Filters,
  { deliveries, next }: DeliveryList,
): Html {
  const text = page.texts.deliveries
  const more = pager(page, filters, { id: LIST, count: deliveries.length, next })
  if (deliveries.length > 0) {
    const href = ({ id }: ListedDeliveryView) => `/deliveries/${id}`
    const news = newsLink(page, LIST)
    const options = { label: text.title, href, id: ({ id }: ListedDeliveryView) => id, news }
    const shown = table(deliveries, columns(page), { ...options, ...pickOf(page) })
    const bar = bulkBar(page, { selected: ['replay'], all: replayAll(filters) })
    return html`${bar}${shown}${more}`
  }
  const isFiltered = Object.keys(filters.values).length > 0 || filters.after !== undefined
  const empty = isFiltered
    ? emptyState(
        text.noneTitle,
        text.noneText,
        html`<a class="button" href="${filters.path}">${page.texts.common.clear}</a>`,
      )
    : emptyState(
        text.emptyTitle,
        text.emptyText,
        html`<a class="button" href="/configuration">${text.toSources}</a>`,
      )
  return html`${empty}${more}`
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
