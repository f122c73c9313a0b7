import { setImmediate } from 'node:timers/promises'
import type { RunningRule } from '../contracts/config.ts'
import type { EventRequest, ParsedEvent, StepBudget, WebhookEvent } from '../contracts/event.ts'
import type { DeliveryRecord, NewEvent, NewTask } from '../contracts/store.ts'
import type { Decision } from '../contracts/task.ts'
import { HooklineError } from '../errors/errors.ts'
import { createId } from '../kit/id.ts'
import { eventTypeOf, MAX_EVENT_TYPE_LENGTH } from '../sdk/events/event-type.ts'
import { requestOf } from './event-request.ts'
import type { ReceivedDelivery } from './received-delivery.ts'
import { evaluationFault, type RuleIndex } from './rule-index.ts'

const MAX_EVENTS = 10_000
const MAX_SENDER_ID_LENGTH = 500
/** Steps that the conditions and keys of one delivery may take beyond their own, about 40 ms of work. */
export const SHARED_STEPS = 600_000
/** Milliseconds of planning after which the other work of the process has its turn. */
const MAX_TURN_MS = 10

/**
 * Plans every event of a delivery. `record`: the delivery as it is stored, for rules that read the request. Throws
 * `delivery_too_large` for more events than one commit should hold.
 */
export async function planEvents(
  delivery: ReceivedDelivery,
  parsed: readonly ParsedEvent[],
  rules: RuleIndex,
  record?: DeliveryRecord,
): Promise<readonly NewEvent[]> {
  if (parsed.length > MAX_EVENTS) {
    throw new HooklineError(
      'delivery_too_large',
      `A delivery may hold ${MAX_EVENTS} events at most, not ${parsed.length}`,
      { remedy: 'Send the events in several deliveries.' },
    )
  }
  const request = record && rules.readsRequest ? requestOf(record) : undefined
  const budget = { left: SHARED_STEPS }
  const planned: NewEvent[] = []
  let since = performance.now()
  for (const event of parsed) {
    if (performance.now() - since > MAX_TURN_MS) {
      await setImmediate()
      since = performance.now()
    }
    planned.push(planEvent(delivery, event, rules, { budget, request }))
  }
  return planned
}

export interface PlanOptions {
  readonly budget?: StepBudget | undefined
  /** The request of the delivery, for conditions and keys. */
  readonly request?: EventRequest | undefined
}

/** Turns a parsed event into what the store commits: the event, the decision of each rule, and a task for each match. */
export function planEvent(
  delivery: ReceivedDelivery,
  parsed: ParsedEvent,
  rules: RuleIndex,
  { budget, request }: PlanOptions = {},
): NewEvent {
  const type = checkParsed(parsed)
  const event: WebhookEvent = {
    id: createId('evt', delivery.receivedAt.getTime()),
    source: delivery.source,
    type,
    senderId: parsed.id,
    deliveryId: delivery.id,
    receivedAt: delivery.receivedAt,
    facts: parsed.facts,
    payload: parsed.payload,
    ...(request && { request }),
  }
  const tasks: NewTask[] = []
  const now = event.receivedAt.getTime()
  const decisions = rules.match(event, budget).map(({ rule, decision }): Decision => {
    if (!decision.matched) return decision
    const { task, fault } = planTask(event, rule, { now, budget })
    tasks.push({ ...task, rule: rule.id })
    return { ...decision, taskId: task.id, ...(fault === null ? {} : { error: fault }) }
  })
  const { id, senderId, facts } = event
  return { id, type, senderId, facts, payload: payloadText(delivery, parsed), decisions, tasks }
}

interface PlannedTask {
  readonly task: Omit<NewTask, 'rule'>
  /** Why the task has no key although the policy of its program has one; null if nothing went wrong. */
  readonly fault: string | null
}

type PlannedRule = Pick<RunningRule, 'program' | 'policy' | 'policyKey' | 'approval'>

/** The task of a rule or step for an event, with the key, priority and due time that its program's policy gives it. */
export function planTask(
  event: WebhookEvent,
  { program, policy, policyKey, approval }: PlannedRule,
  { now, budget }: { readonly now: number; readonly budget?: StepBudget | undefined },
): PlannedTask {
  const task = {
    id: createId('tsk', now),
    program,
    dueAt: now + policy.debounceSeconds * 1000,
    policyKey: null,
    priority: policy.priority,
    replaces: policy.replaces,
    ...(approval !== null && { approvalMs: approval.timeoutMs }),
  }
  if (policyKey === null) return { task, fault: null }
  try {
    return { task: { ...task, policyKey: policyKey.evaluate(event, budget) }, fault: null }
  } catch (error) {
    // Its key is not known, so it replaces no task, and no other task without a key replaces it.
    return { task: { ...task, replaces: 'none' }, fault: evaluationFault(error) }
  }
}

function payloadText(delivery: ReceivedDelivery, parsed: ParsedEvent): string | null {
  if (delivery.isWholeBody(parsed.payload)) return null
  return JSON.stringify(parsed.payload) ?? 'null'
}

/** Returns the type. A source takes type and id from what the sender wrote, so they are checked for every source. */
function checkParsed(parsed: { readonly [Field in keyof ParsedEvent]: unknown }): string {
  const { id } = parsed
  const type = eventTypeOf(parsed.type)
  if (type === null) {
    throw new HooklineError(
      'delivery_unparsable',
      `An event type is 1 to ${MAX_EVENT_TYPE_LENGTH} characters of A-Z a-z 0-9 _ : / - in dotted parts; this one is not`,
    )
  }
  if (id === null) return type
  // A store may keep two ill-formed texts as one and the same.
  const isText = typeof id === 'string' && id.isWellFormed()
  if (!isText || id.length === 0 || id.length > MAX_SENDER_ID_LENGTH) {
    const given = isText ? `has ${id.length}` : 'is no well-formed text'
    throw new HooklineError(
      'delivery_unparsable',
      `The sender's id of an event is 1 to ${MAX_SENDER_ID_LENGTH} characters; this one ${given}`,
    )
  }
  return type
}
