import { ApiProblem } from '../../../api/api-calls.ts'
import type {
  DeliveryView,
  DiagnosisView,
  ExplainedDeliveryView,
} from '../../../api/deliveries/views.ts'
import type { SourceView } from '../../../api/sources/views.ts'
import type { TaskView } from '../../../api/tasks/views.ts'
import type { PageContext } from '../../page.ts'

/** How much of a body or payload a page shows, in characters. The whole of it can be downloaded. */
export const SHOWN_LENGTH = 65_536
const SHOWN_TASKS = 50

/** What is known of a delivery and of what became of it. */
export interface Loaded {
  readonly delivery: ExplainedDeliveryView
  /** Why the rules are not explained at the moment. */
  readonly unexplained: ApiProblem | null
  /** The newest of its tasks, oldest first. */
  readonly tasks: readonly TaskView[]
  readonly hasMoreTasks: boolean
  /** The source in force; null if it is gone. */
  readonly source: SourceView | null
}

/** All that the page of a delivery shows, except its body. Throws `ApiProblem`. */
export async function loadDelivery(page: PageContext, id: string): Promise<Loaded> {
  const event = page.context.req.query('event')
  const [explained, tasks, sources] = await Promise.all([
    explain(page, id, event),
    page.api.get<{ tasks: readonly TaskView[]; next: string | null }>('/api/tasks', {
      delivery: id,
      limit: SHOWN_TASKS,
    }),
    page.api.get<{ sources: readonly SourceView[] }>('/api/sources'),
  ])
  return {
    ...explained,
    tasks: tasks.tasks.toReversed(),
    hasMoreTasks: tasks.next !== null,
    source: sources.sources.find(({ name }) => name === explained.delivery.source) ?? null,
  }
}

/** While many others have conditions explained, the delivery is shown without them. */
async function explain(
  { api }: PageContext,
  id: string,
  event: string | undefined,
): Promise<Pick<Loaded, 'delivery' | 'unexplained'>> {
  const path = deliveryApi(id)
  try {
    return {
      delivery: await api.get<ExplainedDeliveryView>(`${path}/explain`, { event }),
      unexplained: null,
    }
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.problem.code !== 'overloaded') throw error
    const delivery = await api.get<DeliveryView>(path)
    const events = delivery.events.map((one) => ({ ...one, rules: null }))
    return { delivery: { ...delivery, events }, unexplained: error }
  }
}

/** A text that may be long: its beginning, and whether there is more. */
export interface ShownText {
  readonly text: string
  readonly isCut: boolean
  readonly isBinary: boolean
}

/** The beginning of a body or a payload; null if the caller may not see it. */
export async function loadText(page: PageContext, path: string): Promise<ShownText | null> {
  if (!page.may('operator')) return null
  const answer = await page.api.call('GET', `${path}limit=${SHOWN_LENGTH + 1}`)
  const text = await answer.text()
  const isCut = text.length > SHOWN_LENGTH
  return {
    text: isCut ? text.slice(0, SHOWN_LENGTH).toWellFormed() : text,
    isCut,
    isBinary: answer.headers.get('content-type') === 'application/octet-stream',
  }
}

export function diagnose({ api }: PageContext, id: string): Promise<DiagnosisView> {
  return api.send<DiagnosisView>('POST', `${deliveryApi(id)}/diagnose`)
}

export function deliveryApi(id: string): string {
  return `/api/deliveries/${encodeURIComponent(id)}`
}
