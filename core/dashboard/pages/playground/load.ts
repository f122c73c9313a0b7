import { ApiProblem } from '../../../api/api-calls.ts'
import type { DeliveryView, ListedDeliveryView } from '../../../api/deliveries/views.ts'
import type { EventTypeView, SourceDetailView, SourceView } from '../../../api/sources/views.ts'
import type { PageContext } from '../../page.ts'
import type { TrialForm } from './trial-form.ts'

const RECENT = 30
/** Longer payloads are not put into a form. */
const MAX_PAYLOAD_LENGTH = 200_000

/** A rule as it is written. */
export interface WrittenRuleView {
  readonly name: string
  readonly on: string
  readonly when?: string
}

/** What the form offers to choose from. */
export interface Offers {
  readonly sources: readonly SourceView[]
  readonly rules: readonly WrittenRuleView[]
  /** The newest accepted deliveries. */
  readonly recent: readonly ListedDeliveryView[]
}

export async function loadOffers({ api }: PageContext): Promise<Offers> {
  const [sources, rules, recent] = await Promise.all([
    api.get<{ sources: readonly SourceView[] }>('/api/sources'),
    // A service without managed config has no such path.
    api.get<{ rules: readonly WrittenRuleView[] }>('/api/config/rules').catch(none),
    api.get<{ deliveries: readonly ListedDeliveryView[] }>('/api/deliveries', {
      outcome: 'accepted',
      limit: RECENT,
    }),
  ])
  return {
    sources: sources.sources,
    rules: rules?.rules ?? [],
    recent: recent.deliveries.filter(({ events }) => events.length > 0),
  }
}

/** The documented facts of an event's type; none if its source is not known. */
export async function loadFactDocs(
  { api }: PageContext,
  source: string,
  type: string,
): Promise<EventTypeView['facts']> {
  if (source === '') return []
  const detail = await api
    .get<SourceDetailView>(`/api/sources/${encodeURIComponent(source)}`)
    .catch(none)
  const covering = detail?.events.filter(
    (doc) => doc.type === '*' || doc.type === type || type.startsWith(`${doc.type}.`),
  )
  return covering?.toSorted((one, other) => other.type.length - one.type.length)[0]?.facts ?? []
}

/** The form with a stored event written out, so that it can be changed. Throws `ApiProblem`. */
export async function writeOut({ api }: PageContext, form: TrialForm): Promise<TrialForm> {
  const [id = '', wanted] = form.stored.split('/')
  const path = `/api/deliveries/${encodeURIComponent(id)}`
  const { source, events } = await api.get<DeliveryView>(path)
  const event = events.find((one) => one.id === wanted) ?? events[0]
  if (event === undefined) return form
  const search = `event=${event.id}&limit=${MAX_PAYLOAD_LENGTH + 1}`
  const payload = await (await api.call('GET', `${path}/payload?${search}`)).text()
  return {
    ...form,
    stored: '',
    source,
    type: event.type,
    facts: JSON.stringify(event.facts, null, 2),
    payload: payload.length > MAX_PAYLOAD_LENGTH ? 'null' : payload,
  }
}

function none(error: unknown): null {
  if (error instanceof ApiProblem) return null
  throw error
}
