import type { DeliveryRecord, StoredEvent } from '../../contracts/store.ts'
import { requestOf } from '../../matching/event-request.ts'
import { ClauseViews } from '../../trial/clause-views.ts'
import { EventExplainer, type RuleExplanation } from '../../trial/explain-event.ts'
import { Turns } from '../../trial/turns.ts'
import type { AppServices } from '../services.ts'

const MAX_EVENTS = 100
const MAX_MS = 2000

interface ExplainRequest {
  readonly delivery: DeliveryRecord
  readonly events: readonly StoredEvent[]
  readonly showsPayload: boolean
}

/** The rules of each event by its id: of 100 events at most, and of no more than can be explained in 2 seconds. */
export function explainEvents(
  { config, redactor, trials }: AppServices,
  { delivery, events, showsPayload }: ExplainRequest,
): Promise<ReadonlyMap<string, readonly RuleExplanation[]>> {
  return trials.run(async () => {
    const explainer = new EventExplainer(config(), new ClauseViews({ redactor, showsPayload }))
    const request = requestOf(delivery)
    const turns = new Turns(MAX_MS)
    const explained = new Map<string, readonly RuleExplanation[]>()
    for (const event of events.slice(0, MAX_EVENTS)) {
      explained.set(event.id, explainer.explain(event, request))
      if (!(await turns.next())) break
    }
    return explained
  })
}
