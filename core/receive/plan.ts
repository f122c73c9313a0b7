import type { ParsedEvent, WebhookEvent } from '../contracts/event.ts'
import type { NewEvent, NewTask } from '../contracts/store.ts'
import type { Decision } from '../contracts/task.ts'
import { HooklineError } from '../kit/errors.ts'
import { isEventType, MAX_EVENT_TYPE_LENGTH } from '../kit/event-type.ts'
import { createId } from '../kit/id.ts'
import type { RuleIndex } from './match.ts'
import { planTask } from './plan-task.ts'
import type { ReceivedDelivery } from './received-delivery.ts'

const MAX_EVENTS = 10_000
const MAX_SENDER_ID_LENGTH = 500

/** Plans all events of a delivery. Throws `delivery_too_large` where they are more than one commit should hold. */
export function planEvents(
  delivery: ReceivedDelivery,
  parsed: readonly ParsedEvent[],
  rules: RuleIndex,
): readonly NewEvent[] {
  if (parsed.length > MAX_EVENTS) {
    throw new HooklineError(
      'delivery_too_large',
      `A delivery may hold ${MAX_EVENTS} events at most, not ${parsed.length}`,
      { remedy: 'Send the events in several deliveries.' },
    )
  }
  return parsed.map((event) => planEvent(delivery, event, rules))
}

/** Turns what a source parsed into what the store commits: the event, each rule's decision, a task per match. */
export function planEvent(
  delivery: ReceivedDelivery,
  parsed: ParsedEvent,
  rules: RuleIndex,
): NewEvent {
  checkParsed(parsed)
  const event: WebhookEvent = {
    id: createId('evt', delivery.receivedAt.getTime()),
    source: delivery.source,
    type: parsed.type,
    senderId: parsed.id,
    deliveryId: delivery.id,
    receivedAt: delivery.receivedAt,
    facts: parsed.facts,
    payload: parsed.payload,
  }
  const tasks: NewTask[] = []
  const decisions = rules.match(event).map(({ rule, decision }): Decision => {
    if (!decision.matched) return decision
    const { task, fault } = planTask(event, rule)
    tasks.push(task)
    return { ...decision, taskId: task.id, ...(fault === null ? {} : { error: fault }) }
  })
  const { id, type, senderId, facts } = event
  return { id, type, senderId, facts, payload: payloadText(delivery, parsed), decisions, tasks }
}

function payloadText(delivery: ReceivedDelivery, parsed: ParsedEvent): string | null {
  if (delivery.isWholeBody(parsed.payload)) return null
  return JSON.stringify(parsed.payload) ?? 'null'
}

// A source takes these from what a sender wrote, so they are checked whoever wrote the source.
function checkParsed({ type, id }: { readonly [Field in keyof ParsedEvent]: unknown }): void {
  if (typeof type !== 'string' || !isEventType(type)) {
    throw new HooklineError(
      'delivery_unparsable',
      `An event type is 1 to ${MAX_EVENT_TYPE_LENGTH} characters of A-Z a-z 0-9 _ : / - in dotted parts; this one is not`,
    )
  }
  if (id === null) return
  // Of ill-formed text a store may keep one and the same for two ids.
  const isText = typeof id === 'string' && id.isWellFormed()
  if (!isText || id.length === 0 || id.length > MAX_SENDER_ID_LENGTH) {
    const given = isText ? `has ${id.length}` : 'is no well-formed text'
    throw new HooklineError(
      'delivery_unparsable',
      `The sender's id of an event is 1 to ${MAX_SENDER_ID_LENGTH} characters; this one ${given}`,
    )
  }
}
