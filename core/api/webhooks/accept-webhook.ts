import type { Answer } from '../../contracts/delivery.ts'
import type { AcceptReceipt } from '../../contracts/store.ts'
import { type HooklineError, isHooklineError } from '../../errors/errors.ts'
import type { RequestHead } from '../../receive/admission.ts'
import type { ReceiveResult } from '../../receive/outcome.ts'
import { BodyBudget, type BodyLimits } from '../http/read-body.ts'
import type { Services } from '../services.ts'
import { completeAnswer } from './response.ts'

const JSON_HEADERS = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' }
const NO_BODY = new Uint8Array(0)

/** A request to a source, in whatever form it came. */
export interface WebhookRequest {
  readonly head: RequestHead
  /** Called once at most. */
  readonly readBody: (limits: BodyLimits) => Promise<Uint8Array>
}

/** What a sender is answered. */
export interface AcceptedWebhook {
  readonly answer: Answer
  /** Null: the source has answered, or its config, so no rule may. */
  readonly receipt: AcceptReceipt | null
}

/** Receives a webhook. Throws what `Receiver` and reading the body throw. */
export type AcceptWebhook = (request: WebhookRequest) => Promise<AcceptedWebhook>

/** @param budget Shared by all requests. */
export function createAcceptWebhook(
  services: Pick<Services, 'receiver' | 'config'>,
  budget = new BodyBudget(),
): AcceptWebhook {
  return async (request) => {
    const known = services.config().sources.get(request.head.source)?.answers
    let result: ReceiveResult
    try {
      result = await receive(request, services, budget)
    } catch (error) {
      if (known?.refused === undefined || !isRefusal(error)) throw error
      return own(known.refused, deliveryHeader(error.fields['deliveryId']))
    }
    if (result.kind === 'answered') return own(result.answer)
    const { receipt } = result
    const headers = deliveryHeader(receipt.deliveryId)
    if (result.answer !== null) return own(result.answer, headers)
    if (known?.unmatched !== undefined && isUnmatched(receipt)) return own(known.unmatched, headers)
    const body = JSON.stringify(acceptAnswer(receipt))
    const status = receipt.duplicate ? 200 : 202
    return { answer: { status, headers: JSON_HEADERS, body }, receipt }
  }
}

function own(answer: Answer, headers?: Readonly<Record<string, string>>): AcceptedWebhook {
  return { answer: completeAnswer(answer, headers), receipt: null }
}

async function receive(
  { head, readBody }: WebhookRequest,
  { receiver, config }: Pick<Services, 'receiver' | 'config'>,
  budget: BodyBudget,
): Promise<ReceiveResult> {
  const share = budget.open()
  try {
    const admission = receiver.admit(head)
    const maxBytes = admission.maxBodyBytes
    const seconds = config().settings.limits.requestSeconds
    const body = maxBytes === null ? NO_BODY : readBody({ maxBytes, seconds, share })
    return await receiver.receive(admission, body)
  } finally {
    share.release()
  }
}

function isRefusal(error: unknown): error is HooklineError {
  return isHooklineError(error) && error.code === 'delivery_refused'
}

function isUnmatched({ events }: AcceptReceipt): boolean {
  return events.length > 0 && events.every(({ tasks }) => tasks.length === 0)
}

function deliveryHeader(id: unknown): Readonly<Record<string, string>> {
  return { 'hookline-delivery': String(id) }
}

/** The answer to a sender: the same for a first delivery and for its duplicate. */
export interface AcceptAnswer {
  readonly delivery: string
  /** Id of the event, or of the first event of a batch; null if the delivery has none. */
  readonly event: string | null
  readonly duplicate: boolean
  readonly tasks: AcceptReceipt['events'][number]['tasks']
  /** Ids of all events of a batch. */
  readonly events?: readonly string[]
}

export function acceptAnswer(receipt: AcceptReceipt): AcceptAnswer {
  const { events } = receipt
  return {
    delivery: receipt.deliveryId,
    event: events[0]?.id ?? null,
    duplicate: receipt.duplicate,
    tasks: events.length === 1 ? (events[0]?.tasks ?? []) : events.flatMap((event) => event.tasks),
    ...(events.length > 1 ? { events: events.map((event) => event.id) } : {}),
  }
}
